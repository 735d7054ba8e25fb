const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * Pauses between tries of what is refused until somebody changes something, such as a login: 1, 2, 4 … 30 s. Without them a loop
 * would flood its log and the server.
 */
export class Refusals {
  private pauseMs = firstPauseMs;
  private last: { readonly error: unknown; readonly until: number } | null = null;

  /** @param isRefusal whether an error will not pass by itself */
  constructor(private readonly isRefusal: (error: unknown) => boolean) {}

  /** @throws what was refused last, while its pause lasts */
  check(): void {
    if (this.last !== null && performance.now() < this.last.until) throw this.last.error;
  }

  /**
   * Notes how a try ended.
   *
   * @param error left out when it ended well
   * @returns how many milliseconds to wait until the next one; 0 when nothing was refused
   */
  note(error?: unknown): number {
    if (error === undefined || !this.isRefusal(error)) {
      this.pauseMs = firstPauseMs;
      this.last = null;
      return 0;
    }
    const pauseMs = this.pauseMs;
    this.pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    this.last = { error, until: performance.now() + pauseMs };
    return pauseMs;
  }

  /** Runs it, unless what was refused last is still in its pause: throws that then. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      const result = await work();
      this.note();
      return result;
    } catch (error) {
      this.note(error);
      throw error;
    }
  }
}

/** Codes of OpenSSL's and Node.js's errors about certificates, from `tls.connect`. */
const certificateCodes = /CERT|ISSUER|ALTNAME|SIGNATURE/;

export const isCertificateCode = (code: string): boolean => certificateCodes.test(code);

/** Whether PostgreSQL refuses the login, or its certificate is refused here. */
export function isRefusedByPostgres(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  // Class 28: invalid authorization. https://www.postgresql.org/docs/current/errcodes-appendix.html
  return typeof code === 'string' && (code.startsWith('28') || isCertificateCode(code));
}
