import Router, { type RouterContext } from '@koa/router';
import { Problem } from 'service-kit/problem';
import { ConnectError, type ConnectRest } from './connect-rest';

/**
 * What operators may ask Kafka Connect, through the keeper: this of its REST API, and no more. Nothing here takes a
 * configuration: whoever gives Connect one can have it connect to any server, and write to any topic.
 *
 * @param connector the only connector that may be changed
 */
export function connectProxyRoutes(connect: ConnectRest, connector: string): Router {
  const router = new Router();
  const pass = async (ctx: RouterContext): Promise<void> => {
    const { status, body } = await forward(connect, ctx);
    ctx.status = status;
    if (body === '') ctx.body = null;
    else {
      ctx.type = 'application/json';
      ctx.body = body;
    }
    // Koa makes 204 of an answer without a body.
    ctx.status = status;
  };
  const one = `/connectors/${connector}`;
  const reads = ['', '/status', '/config', '/offsets', '/topics', '/tasks'];
  for (const path of ['/', '/connectors', ...reads.map((part) => one + part)]) {
    router.get(path, pass);
  }
  router.post(`${one}/restart`, pass);
  for (const action of ['pause', 'resume', 'stop']) router.put(`${one}/${action}`, pass);
  router.delete(`${one}/offsets`, pass);
  router.delete(one, pass);
  return router;
}

async function forward(connect: ConnectRest, { method, url }: RouterContext) {
  try {
    return await connect.forward(method, url);
  } catch (error) {
    if (error instanceof ConnectError) throw new Problem(502, error.message);
    throw error;
  }
}
