import { createHash } from 'node:crypto';
import { asyncApiDocument } from 'contracts/asyncapi';
import { defaultTopics } from 'contracts/topics';
import { useTestService } from './support/service';

const stack = useTestService();

test('/asyncapi.json describes the events of this service, and /docs/events shows all of it', async () => {
  const url = `http://127.0.0.1:${stack.service.port}`;
  const { version } = ((await (await fetch(`${url}/openapi.json`)).json()) as Described).info;
  const document = asyncApiDocument(defaultTopics, version);
  const answer = await fetch(`${url}/asyncapi.json`);
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(document)));

  const page = await fetch(`${url}/docs/events`);
  const html = await page.text();
  for (const { address } of Object.values(document.channels)) {
    expect(html).toContain(`<h2>${address}</h2>`);
  }
  for (const { title, payload } of Object.values(document.components.messages)) {
    expect(html).toContain(`<h3>${title}</h3>`);
    for (const member of Object.keys(payload.properties as object)) {
      expect(html).toContain(`<td>${member}</td>`);
    }
  }
  // The policy allows this style and no other.
  const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
});

interface Described {
  readonly info: { readonly version: string };
}
