/**
 * Another member has moved a partition on since this one last read where it stands: what was computed from that must not be
 * written. Read where it stands now, and go on there.
 */
export class Overtaken extends Error {
  override name = 'Overtaken';

  constructor(topic: string, partition: number) {
    super(`another member has read on in ${topic}/${partition}`);
  }
}
