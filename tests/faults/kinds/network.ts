import type { Fault } from '../fault';
import type { LinkMode } from '../../../local/test/support/tcp-link';
import { linksWith, type Store } from '../system';

const modes: {
  mode: Exclude<LinkMode, 'open'>;
  counts: 'reset' | 'withheldBytes' | 'slowedBytes';
}[] = [
  { mode: 'cut', counts: 'reset' },
  { mode: 'silent', counts: 'withheldBytes' },
  { mode: 'slow', counts: 'slowedBytes' },
];

/** Each connection between two parts is reset, says nothing any more, or takes 200 ms for each piece. */
export const networkFaults = (store: Store): Fault[] =>
  modes.flatMap(({ mode, counts }) =>
    linksWith(store).map((name) => ({
      name: `${mode}: ${name}`,
      // A client that stands still does not use it: nothing would be seen.
      disturbs: [name, name.split(' → ')[0] ?? ''],
      inject: ({ system }) => {
        const link = system.link(name);
        const before = link.did[counts];
        link.set(mode);
        return Promise.resolve({
          happened: () => {
            const did = link.did[counts] - before;
            if (did === 0) throw new Error(`nobody has used ${name} since`);
            return `${did} ${counts === 'reset' ? 'connections reset' : `bytes ${counts.replace('Bytes', '')}`}`;
          },
          end: () => link.set('open'),
        });
      },
    })),
  );
