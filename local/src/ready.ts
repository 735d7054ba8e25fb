const timeoutMs = 2_000;

/** Resolves when the URL answers 200; else throws what the answer or the failure says. */
export async function answersReady(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) }).catch(
    (error: unknown) => {
      throw new Error(`${url} does not answer`, { cause: error });
    },
  );
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${url} answers ${response.status} ${body}`);
}
