import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { failpoints } from '../src/failpoints';
import { segmentFile, spoil } from '../../kafka-client/test/support/segment';
import { item, order, product } from './support/events';
import { topics } from './support/kafka';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();
afterEach(disarmFailpoints);

// Not run in PostgreSQL: members read watermarks by a consumer of their own, which no batch holds up.
test('watermarks that cannot be decoded are passed over, and told', async () => {
  await suite.ready();
  await suite.cluster.relay(product(1, 'A'));
  await suite.cluster.relayWatermark('2026-02-27T10:00:00.000Z');
  await suite.asOf('2026-02-27T10:00:00.000Z');
  // While a batch is being handled nothing is fetched.
  armFailpoints(`${failpoints.batchFetched}=delay:60000`);
  await suite.cluster.relay(order(1, [item(1, 1, '5.00')]));
  await suite.cluster.relayWatermark('2026-02-27T11:00:00.000Z');
  await spoil(
    segmentFile(suite.broker.data, topics.watermark, 0),
    2,
    (batch) => batch.fill(0xaa, 61),
    false,
  );
  await suite.cluster.relayWatermark('2026-02-27T12:00:00.000Z');
  disarmFailpoints();
  await suite.asOf('2026-02-27T12:00:00.000Z');
  await suite.logged(/watermarks that cannot be decoded/);
  await eventually(() => suite.ready());
});
