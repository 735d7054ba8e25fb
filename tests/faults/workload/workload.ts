import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Item } from '../../support/shop';
import { seeded } from 'local/seeded';
import { Violation } from '../violation';
import { badRequests } from './bad-requests';
import { meaningOf, type Reply, send } from './client';
import { type KnownOrder, type KnownProduct, type Ledger, loseCancel, type Status } from './ledger';

const clients = 3;
const betweenMs = 60;
const mostProducts = 30;
const retryMs = 300;
const resolveDeadlineMs = 180_000;
const categories = ['Electronics', 'Books', 'Toys', 'Food & drink'];

/** Clients that ask all day: products, orders, status changes, cancellations, repeats, bad requests. */
export class Workload {
  private running = false;
  private loops: Promise<unknown> = Promise.resolve();
  private readonly open: KnownOrder[][] = Array.from({ length: clients }, () => []);
  private readonly random: (below: number) => number;

  constructor(
    private readonly url: string,
    readonly ledger: Ledger,
    seed: number,
  ) {
    this.random = seeded(seed);
  }

  /** Five products, so that orders have something to name. */
  async begin(): Promise<void> {
    for (let i = 0; i < 5; i++) await this.createProduct();
  }

  start(): void {
    this.running = true;
    this.loops = Promise.all(this.open.map((orders) => this.loop(orders)));
    this.loops.catch(() => undefined);
  }

  /** Resolves when nothing is under way and every outcome that can be known is known. */
  async pause(): Promise<void> {
    this.running = false;
    await this.loops;
  }

  /** One order more, tried until it is acknowledged. @throws when it is not by the deadline */
  async placeOrderNow(deadlineMs: number): Promise<KnownOrder> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const order = await this.placeOrder(true);
      if (order.outcome === 'acknowledged') return order;
      if (performance.now() > deadline) {
        throw new Violation('E', `no order is acknowledged within ${deadlineMs / 1000} s`);
      }
      await sleep(retryMs);
    }
  }

  /** Moves one order on, and waits for the outcome. */
  async changeStatus(order: KnownOrder, status: Status): Promise<void> {
    const sentAt = Date.now();
    if (status === 'CANCELLED') order.cancelSentAt = sentAt;
    order.pending = status;
    const reply = await this.resolve((again) =>
      send(
        `${this.url}/api/orders/${order.id}/status`,
        'PUT',
        JSON.stringify({ status }),
        // A repeat may find it done: then its own version is not the one before any more.
        again || this.random(2) === 0 ? {} : { 'If-Match': `"${order.version}"` },
      ),
    );
    delete order.pending;
    if (reply === 'unknown') {
      if (status === 'CANCELLED') loseCancel(order, this.ledger.loss?.until ?? Infinity);
      return;
    }
    if (reply === null) {
      delete order.cancelSentAt;
      return;
    }
    const version = versionIn(reply);
    if (version !== order.version + 1) {
      throw new Violation(
        'A',
        `order ${order.id} went from version ${order.version} to ${version} by one change`,
      );
    }
    order.version = version;
    order.status = status;
    const acknowledgedAt = Date.now();
    order.acknowledged.push({ version, status, sentAt, acknowledgedAt });
    if (status === 'CANCELLED') order.cancelledAt = acknowledgedAt;
  }

  private async loop(orders: KnownOrder[]): Promise<void> {
    while (this.running) {
      await this.step(orders);
      await sleep(betweenMs + this.random(betweenMs));
    }
  }

  private async step(orders: KnownOrder[]): Promise<void> {
    const left = orders.filter(({ lostAt }) => lostAt === undefined);
    orders.splice(0, orders.length, ...left);
    const die = this.random(20);
    if (die === 0) return this.askForNonsense(orders);
    if (die === 1 && this.ledger.products.length < mostProducts) return this.createProduct();
    if (die < 9 && orders.length > 0) return this.moveOne(orders);
    const order = await this.placeOrder(this.random(10) < 7);
    if (order.outcome === 'acknowledged') orders.push(order);
  }

  private async moveOne(orders: KnownOrder[]): Promise<void> {
    const index = this.random(orders.length);
    const order = orders[index];
    if (order === undefined) return;
    const next: Status =
      order.status === 'SHIPPED' ? 'DELIVERED' : this.random(2) === 0 ? 'SHIPPED' : 'CANCELLED';
    await this.changeStatus(order, next);
    if (order.status === 'DELIVERED' || order.status === 'CANCELLED') orders.splice(index, 1);
  }

  private async createProduct(): Promise<void> {
    const name = `product ${this.ledger.nextMark()}`;
    const product: KnownProduct = { name, sentAt: Date.now(), outcome: 'sent' };
    this.ledger.products.push(product);
    const category = categories[this.random(categories.length)];
    const body = { name: product.name, category, price: this.random(100_000) / 100 };
    const reply = await this.post('/api/products', JSON.stringify(body), randomUUID());
    product.outcome = isReply(reply) ? 'acknowledged' : 'refused';
    if (!isReply(reply)) return;
    product.acknowledgedAt = Date.now();
    product.id = idIn(reply);
  }

  private async placeOrder(withKey: boolean): Promise<KnownOrder> {
    const { productIds } = this.ledger;
    const items: Item[] = Array.from({ length: 1 + this.random(3) }, () => ({
      productId: productIds[this.random(productIds.length)] ?? 1,
      quantity: 1 + this.random(9),
      price: this.random(100_000) / 100,
    }));
    const mark = this.ledger.nextMark();
    // Late orders too: over the day before. None that lies ahead for a database whose clock is an hour behind.
    const placedAt = new Date(Date.now() - 3_600_000 - this.random(24 * 3_600_000)).toISOString();
    const body = JSON.stringify({ customerId: mark, items, placedAt });
    return this.sendOrder({ mark, items, body, ...(withKey && { key: randomUUID() }) });
  }

  /** Repeats one under its key that PostgreSQL has lost, and its answer with it: it is carried out anew. */
  placeAgain({ mark, items, body, key }: KnownOrder): Promise<KnownOrder> {
    return this.sendOrder({ mark, items, body, ...(key !== undefined && { key }) });
  }

  private async sendOrder(
    request: Pick<KnownOrder, 'mark' | 'items' | 'body' | 'key'>,
  ): Promise<KnownOrder> {
    const { body, key } = request;
    const sentAt = Date.now();
    const order: KnownOrder = {
      ...request,
      sentAt,
      outcome: 'sent',
      version: 0,
      status: 'CREATED',
      acknowledged: [],
    };
    this.ledger.addOrder(order);
    const reply = await (key === undefined
      ? this.postOnce('/api/orders', body)
      : this.post('/api/orders', body, key));
    if (reply === 'unknown') return order;
    order.outcome = reply === null ? 'refused' : 'acknowledged';
    if (reply === null) return order;
    const acknowledgedAt = Date.now();
    const version = versionIn(reply);
    Object.assign(order, { id: idIn(reply), version, acknowledgedAt });
    order.acknowledged.push({ version, status: order.status, sentAt, acknowledgedAt });
    return order;
  }

  /** Without a key a client that got no answer cannot repeat: it happened once or not at all. */
  private async postOnce(path: string, body: string): Promise<Outcome> {
    const reply = await send(this.url + path, 'POST', body);
    const meaning = meaningOf(reply);
    this.count(meaning);
    if (meaning === 'unknown') return 'unknown';
    if (meaning !== 'done' || reply === null) return null;
    this.ledger.give(path, idIn(reply), body);
    return reply;
  }

  /** @returns null when it was refused */
  private async post(path: string, body: string, key: string): Promise<Outcome> {
    const request = () => send(this.url + path, 'POST', body, { 'Idempotency-Key': `"${key}"` });
    const sentAt = Date.now();
    const reply = await this.resolve(request);
    if (!isReply(reply)) return reply;
    const answeredAt = Date.now();
    this.ledger.give(path, idIn(reply), body);
    if (this.random(10) > 0) return reply;
    this.ledger.counts.repeated++;
    const repeated = await this.resolve(request);
    const mayBeLost = this.ledger.mayBeLost(sentAt, answeredAt);
    // Refused for want of a database: nothing to compare. What is lost may have been noted meanwhile.
    if (!isReply(repeated))
      return mayBeLost && !this.ledger.mayLack(answeredAt) ? 'unknown' : reply;
    const isReplayed = repeated.headers.get('idempotency-replayed') === 'true';
    if (!isReplayed && mayBeLost) {
      this.ledger.give(path, idIn(repeated), body);
      return repeated;
    }
    if (repeated.text !== reply.text || !isReplayed) {
      throw new Violation('A', `a repeat of ${key} got ${repeated.text}, first ${reply.text}`);
    }
    return reply;
  }

  /** Repeats a request until its outcome is known. @returns null when it was refused */
  private async resolve(request: (again: boolean) => Promise<Reply | null>): Promise<Outcome> {
    const begun = Date.now();
    const deadline = performance.now() + resolveDeadlineMs;
    let unknown = false;
    for (;;) {
      const reply = await request(unknown);
      const meaning = meaningOf(reply);
      this.count(meaning);
      if (meaning === 'done') return reply;
      // A refusal says nothing about an earlier attempt of the same request.
      if (meaning === 'refused' && !(unknown && reply?.status === 503)) {
        // It names something that is lost. An earlier attempt may have happened, and be lost with it.
        if (reply?.status !== 503 && this.ledger.mayLack(begun)) return 'unknown';
        if (unknown) throw new Violation('A', `a repeat was refused: ${reply?.text}`);
        if (reply?.status !== 503) throw new Violation('A', `refused: ${reply?.text}`);
        return null;
      }
      unknown = true;
      if (performance.now() > deadline) throw new Violation('E', 'an outcome stays unknown');
      await sleep(retryMs);
    }
  }

  private async askForNonsense(orders: readonly KnownOrder[]): Promise<void> {
    const shipped = orders.find(({ status }) => status === 'SHIPPED');
    const choices = badRequests(this.ledger.nextMark(), this.ledger.productIds[0] ?? 1, shipped);
    const bad = choices[this.random(choices.length)];
    if (bad === undefined) return;
    this.ledger.counts.bad++;
    const begun = Date.now();
    const reply = await send(this.url + bad.path, bad.method, bad.body, bad.headers);
    if (reply === null || reply.status === 503 || reply.status === bad.status) return;
    if (this.ledger.mayLack(begun)) return;
    throw new Violation('A', `${bad.method} ${bad.path} ${bad.body} got ${reply.status}`);
  }

  private count(meaning: ReturnType<typeof meaningOf>): void {
    if (meaning === 'done') this.ledger.counts.acknowledged++;
    else if (meaning === 'refused') this.ledger.counts.refused++;
    else this.ledger.counts.unanswered++;
  }
}

/** `unknown`: it happened once or not at all. null: it was refused. */
type Outcome = Reply | 'unknown' | null;

const isReply = (outcome: Outcome): outcome is Reply => outcome !== null && outcome !== 'unknown';

const idIn = (reply: Reply): number => (JSON.parse(reply.text) as { id: number }).id;

const versionIn = ({ headers }: Reply): number =>
  Number(/"(\d+)"/.exec(headers.get('etag') ?? '')?.[1]);
