import { readingFaults, standstillOf } from '../src/pipeline-faults';

const noon = '2026-02-27T12:00:00.000Z';

test('a halted query service holds up what is in Kafka; one that catches up does not', () => {
  const reading = { halted: null, notReady: [], isKafkaThere: true };
  expect(readingFaults(reading)).toEqual([]);
  const catchingUp = readingFaults({ ...reading, notReady: ['catching up: 5 …'] });
  expect(standstillOf(catchingUp, noon)).toBeNull();
  const halted = readingFaults({ ...reading, halted: 'halted: run x', notReady: ['…'] });
  expect(standstillOf(halted, noon)).toMatchObject({ hop: 'consumer', cause: 'halted: run x' });
});
