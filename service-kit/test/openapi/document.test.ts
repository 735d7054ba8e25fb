import Router from '@koa/router';
import { openApiDocument } from '../../src/openapi/document';
import { answers, type Operation, type Operations, refuses } from '../../src/openapi/operation';
import { expectValidDocument } from '../support/valid-document';

const api = { title: 'Things', version: '1.0.0', description: 'All things.' };

const thing = { title: 'Thing', type: 'object', properties: { id: { type: 'integer' } } };
const operation = (operationId: string): Operation => ({
  operationId,
  summary: 'Read it',
  parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
  responses: { 200: answers('It.', thing), 404: refuses('None.') },
});

function slice(operations: Operations, ...paths: string[]) {
  const router = new Router({ prefix: '/things' });
  for (const path of paths) router.get(path, (ctx) => (ctx.body = {}));
  return { name: 'things', router, operations };
}

test('slices become a valid document, in which each schema with a title stands once', async () => {
  const operations = {
    'GET /things/{id}': operation('getThing'),
    'GET /things/{id}/copy': operation('getCopy'),
  };
  const document = openApiDocument(api, [slice(operations, '/:id', '/:id/copy')]);
  await expectValidDocument(document);
  expect(Object.keys(document.components.schemas)).toEqual(['Thing', 'Problem']);
  expect(document.paths['/things/{id}/copy']?.get).toMatchObject({
    tags: ['things'],
    responses: {
      200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
    },
  });
});

test('the schema of a problem has the codes of its status, with those that any request may get', () => {
  const responses = {
    400: refuses('Malformed.', { 'invalid-body': 'name is missing', 'not-json': 'no JSON' }),
    403: refuses('No.'),
    404: refuses('None.'),
  };
  const operations = { 'GET /things/{id}': { ...operation('getThing'), responses } };
  const document = openApiDocument(api, [slice(operations, '/:id')]);
  const withCodes = (...codes: string[]) => ({
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { code: { enum: codes } } },
          ],
        },
      },
    },
  });
  expect(document.paths['/things/{id}']?.get).toMatchObject({
    responses: {
      400: withCodes('invalid-body', 'not-json', 'bad-request'),
      403: withCodes('forbidden', 'cross-site'),
      404: withCodes('not-found'),
    },
  });
});

test('what is no OpenAPI is found', async () => {
  const document = openApiDocument(api, [slice({})]);
  await expect(expectValidDocument({ ...document, paths: { things: {} } })).rejects.toThrow();
});

test('a route without a description is refused, and so is a description without a route', () => {
  const operations = { 'GET /things/{id}': operation('getThing') };
  expect(() => openApiDocument(api, [slice(operations, '/:id', '/:id/copy')])).toThrow(
    'things: GET /things/{id}/copy has no description',
  );
  expect(() => openApiDocument(api, [slice(operations)])).toThrow(
    'things: GET /things/{id} is described, and there is no such route',
  );
});

test('two different schemas under one title are refused', () => {
  const other = { ...operation('getOther'), responses: { 200: answers('', { title: 'Thing' }) } };
  const operations = {
    'GET /things/{id}': operation('getThing'),
    'GET /things/{id}/other': other,
  };
  expect(() => openApiDocument(api, [slice(operations, '/:id', '/:id/other')])).toThrow(
    'two different schemas are called Thing',
  );
});
