import Router, { type RouterContext } from '@koa/router';
import { Problem } from 'service-kit/problem';
import { ConnectError, type ConnectRest } from './connect-rest';

/**
 * The requests of Kafka Connect's REST API that operators may make through the keeper, and no others. Nothing here
 * takes a configuration: whoever gives Connect one can have it connect to any server, and write to any topic.
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
    // Set the status after the body: Koa turns an answer without a body into 204.
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

async function forward(connect: ConnectRest, { method, path, search }: RouterContext) {
  try {
    // Not the URL: a client may give it with a host, which would be asked instead, with Connect's password.
    return await connect.forward(method, path + search);
  } catch (error) {
    if (error instanceof ConnectError) throw new Problem(error.status ?? 502, error.message);
    throw error;
  }
}
