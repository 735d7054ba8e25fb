import Ajv2020 from 'ajv/dist/2020';
import { parseInstant } from 'contracts/instant';

/** An OpenAPI document, as much of it as is looked at here. */
interface Document {
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: { readonly schemas: Record<string, object> };
}

interface Described {
  readonly responses: Record<string, DescribedAnswer>;
}

interface DescribedAnswer {
  readonly headers?: Record<string, { required?: boolean; schema: object }>;
  readonly content?: Record<string, Content>;
}

interface Content {
  readonly schema: object;
  /** Of a problem: by its code. */
  readonly examples?: Record<string, { readonly value: unknown }>;
}

/** A real answer. */
interface RealAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Holds a service's real answers against the document that it gives of itself. */
export class Conformance {
  private readonly ajv = new Ajv2020({ allErrors: true, strict: false, multipleOfPrecision: 6 });
  private readonly seen = new Set<string>();

  private constructor(private readonly document: Document) {
    this.ajv.addFormat('date-time', (text: string) => parseInstant(text) !== null);
    // Where the document's references lead.
    this.ajv.addSchema({ components: document.components }, 'document');
  }

  /** @param url of the service: `/openapi.json` below it is the document */
  static async of(url: string): Promise<Conformance> {
    const answer = await fetch(`${url}/openapi.json`);
    expect(answer.status).toBe(200);
    const conformance = new Conformance((await answer.json()) as Document);
    conformance.checkExamples();
    return conformance;
  }

  /**
   * Expects the answer to be one that the document foresees for this request: status, media type, body
   * by its schema, headers by theirs.
   */
  check(method: string, path: string, { status, headers, text }: RealAnswer): void {
    const template = this.templateOf(method, path);
    const route = `${method} ${template}`;
    const described = this.document.paths[template]?.[method.toLowerCase()]?.responses[status];
    if (described === undefined) {
      throw new Error(`${route} answered ${status}, which is not described: ${text}`);
    }
    this.seen.add(`${route} ${status}`);

    const [[type, content] = []] = Object.entries(described.content ?? {});
    const found = headers.get('content-type')?.split(';')[0];
    expect(`${route} ${status} ${found}`).toBe(`${route} ${status} ${type}`);
    if (content === undefined) expect(`${route} ${status} ${text}`).toBe(`${route} ${status} `);
    else this.checkBody(`${route} ${status}`, content, JSON.parse(text) as { code?: string });
    for (const [name, { required = false, schema }] of Object.entries(described.headers ?? {})) {
      const value = headers.get(name);
      if (value !== null) this.expectValid(`${route} ${status} ${name}`, schema, value);
      else if (required) throw new Error(`${route} ${status} came without ${name}`);
    }
  }

  /** What the document describes and no checked answer has shown, such as `GET /things/{id} 404`. */
  unseen(): string[] {
    return Object.entries(this.document.paths)
      .flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { responses }]) =>
          Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
        ),
      )
      .filter((answer) => !this.seen.has(answer));
  }

  private checkBody(answer: string, { schema, examples }: Content, body: { code?: string }): void {
    this.expectValid(answer, schema, body);
    if (examples === undefined) return;
    expect([answer, Object.keys(examples)]).toEqual([answer, expect.arrayContaining([body.code])]);
  }

  private checkExamples(): void {
    for (const [path, methods] of Object.entries(this.document.paths)) {
      for (const { responses } of Object.values(methods)) {
        for (const [status, { content = {} }] of Object.entries(responses)) {
          for (const { schema, examples = {} } of Object.values(content)) {
            for (const { value } of Object.values(examples))
              this.expectValid(`${path} ${status}`, schema, value);
          }
        }
      }
    }
  }

  private templateOf(method: string, path: string): string {
    const [pathname = ''] = path.split('?');
    const matching = Object.entries(this.document.paths)
      .filter(([, methods]) => method.toLowerCase() in methods)
      .map(([template]) => template)
      .filter((template) => patternOf(template).test(pathname));
    const [template] = matching;
    if (template === undefined) throw new Error(`${method} ${path} is not described`);
    return template;
  }

  private expectValid(what: string, schema: object, value: unknown): void {
    const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
    const validate = this.ajv.compile(JSON.parse(text) as object);
    if (validate(value)) return;
    const errors = this.ajv.errorsText(validate.errors);
    throw new Error(`${what} is not as described: ${errors} in ${JSON.stringify(value)}`);
  }
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`);
}
