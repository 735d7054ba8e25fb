import { type History, isAccepted } from 'contracts/history';
import { reason } from 'service-kit/command-errors';
import type { Logger } from 'service-kit/logger';
import type { ConnectRest } from '../connect-rest';
import { connectorName } from '../connector';
import type { StateLog } from '../state-log';
import { type EvidenceSources, gatherEvidence } from './evidence';
import { findHistory, type FoundHistory, refuseHistory } from './find-history';
import { type HistorySeen, isBeyond, judge, type Lsn, lsnText, type Verdict } from './judge';

/** A history that was judged, and how. */
interface Judged {
  readonly present: History;
  /** Another server may have come to the same timeline. */
  readonly startedAt: string;
  readonly verdict: Verdict;
}

/** Watches in which history PostgreSQL runs, and judges one that was not accepted. */
export class HistoryWatch {
  private judged: Judged | undefined;
  /** The start of the server at which Connect's position was compared with its log. */
  private comparedAt: string | undefined;
  private comparing: Promise<void> | null = null;
  /** The accepted history that was seen last, and the furthest place in its log. */
  private newest: History | undefined;
  private furthest: Lsn = 0n;
  /** The part of its log that PostgreSQL had before the last promotion and has lost; null: none, as far as was seen. */
  lostLog: { readonly from: string; readonly to: string } | null = null;

  constructor(
    private readonly sources: EvidenceSources & { readonly connect: ConnectRest },
    private readonly states: StateLog,
    private readonly logger: Logger,
  ) {}

  /** @throws what PostgreSQL answered */
  async look(): Promise<HistorySeen> {
    const found = await findHistory(this.sources.sql);
    if (found === 'standby') return { kind: 'standby' };
    const { present, accepted, end, startedAt } = found;
    if (isAccepted(present, accepted)) {
      // The turn does not wait for Connect's answer: it has to see a snapshot beside the slot while that lasts.
      this.comparing ??= this.compareOnce(found).finally(() => (this.comparing = null));
      await this.refuseOneThatWasLeft(present);
      this.newest = present;
      this.furthest = end;
      this.judged = undefined;
      return { kind: 'accepted' };
    }
    const { judged } = this;
    const isJudged = judged?.startedAt === startedAt && isAccepted(present, judged.present);
    const verdict = isJudged ? judged.verdict : null;
    return { kind: 'closed', present, accepted, verdict };
  }

  /** Judges the present history. The connector stands still. @throws what a neighbour answered */
  async judge(): Promise<void> {
    const found = await findHistory(this.sources.sql);
    if (found === 'standby') return;
    const evidence = await gatherEvidence(found, this.sources);
    const verdict = judge(evidence);
    this.judged = { present: found.present, startedAt: found.startedAt, verdict };
    const { switches } = evidence;
    const end = found.accepted === null ? undefined : switches.get(found.accepted.timeline);
    const details = {
      present: found.present,
      accepted: found.accepted,
      verdict,
      position: evidence.position && {
        commit: evidence.position.commit && lsnText(evidence.position.commit),
        change: evidence.position.change && lsnText(evidence.position.change),
      },
    };
    if (verdict.kind === 'lost') this.logger.error(details, 'PostgreSQL has lost what Kafka has');
    else this.logger.warn(details, 'PostgreSQL runs in another history, which goes on from Kafka');
    this.lostLog =
      end !== undefined && this.furthest > end
        ? { from: lsnText(end), to: lsnText(this.furthest) }
        : null;
    if (this.lostLog !== null) {
      this.logger.error(
        this.lostLog,
        'PostgreSQL has lost this part of its log: commands that were answered without waiting for a standby may be gone',
      );
    }
  }

  /** A primary that was left by a failover answers again, and knows nothing of that. */
  private async refuseOneThatWasLeft(present: History): Promise<void> {
    const { newest } = this;
    if (newest === undefined || newest.timeline <= present.timeline) return;
    if (!isAccepted({ ...newest, timeline: present.timeline }, present)) return;
    this.logger.error({ present, newest }, 'PostgreSQL answers on a timeline that was left');
    await refuseHistory(this.sources.sql);
  }

  /**
   * A data folder that was copied back is called as before. What tells is that Kafka holds more than its log does: asked once
   * per start of the server, as long as it is not answered.
   */
  private async compareOnce({ startedAt }: FoundHistory): Promise<void> {
    if (this.comparedAt === startedAt) return;
    const { sql, connect } = this.sources;
    try {
      const position = await connect.positionOf(connectorName);
      // Only now: the log has gone on since, and so has the position.
      const now = await findHistory(sql);
      if (now === 'standby' || now.startedAt !== startedAt) return;
      if (position !== null && isBeyond(position, now.end)) {
        this.logger.error(
          { end: lsnText(now.end) },
          'the log of PostgreSQL ends before what Kafka has: its data were put back',
        );
        await refuseHistory(sql);
        return;
      }
      this.comparedAt = startedAt;
      this.states.report('history', []);
    } catch (error) {
      this.states.report('history', [`Connect's position was not compared: ${reason(error)}`]);
    }
  }
}
