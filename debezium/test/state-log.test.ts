import { pino } from 'pino';
import { StateLog } from '../src/state-log';

it('a state is logged when it begins and when it ends, not while it lasts', () => {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push((JSON.parse(line) as { msg: string }).msg);
  };
  const states = new StateLog(pino({}, { write }));

  states.report('relay', []);
  for (let i = 0; i < 3; i++) states.report('relay', ['Kafka does not answer', 'no task']);
  states.report('watermark', []);
  states.report('relay', ['no task']);
  states.report('relay', []);

  expect(lines).toEqual([
    'Kafka does not answer',
    'no task',
    'over: Kafka does not answer',
    'over: no task',
  ]);
});
