import { readFileSync, writeFileSync } from 'node:fs';
import type { Fault } from '../fault';
import { clockParts } from '../system';

const hourMs = 3_600_000;

/** The clock of each service jumps by an hour, and back again. */
export const clockJumps: Fault[] = clockParts.flatMap((part) =>
  ([-1, 1] as const).map((hours) => ({
    name: `clock: ${part} ${hours < 0 ? '−1 h' : '+1 h'}`,
    disturbs: [`clock of ${part}`],
    // It is the part that shows the time.
    needs: [part],
    inject: ({ system }) => {
      const file = system.clockFile(part);
      writeFileSync(file, String(hours * hourMs));
      return Promise.resolve({
        happened: () => {
          const [pid = '', shiftMs = '', shows = ''] = readFileSync(`${file}.seen`, 'utf8').split(
            ' ',
          );
          const off = Math.round((Number(shows) - Date.now()) / hourMs);
          if (Number(pid) !== system.stack.runningPid(part) || Number(shiftMs) !== hours * hourMs) {
            throw new Error(`${part} has not seen its clock jump`);
          }
          return `process ${pid} shows a time that is ${off} h off`;
        },
        end: () => writeFileSync(file, '0'),
      });
    },
  })),
);
