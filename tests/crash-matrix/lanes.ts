/**
 * Works jobs off, as many at a time as there are lanes; a test waits for its own job's promise.
 *
 * @returns each job's promise, in their order
 */
export function inLanes<Lane, Job, Result>(
  lanes: readonly Lane[],
  jobs: readonly Job[],
  work: (lane: Lane, job: Job) => Promise<Result>,
): Promise<Result>[] {
  const free = [...lanes];
  const waiting: ((lane: Lane) => void)[] = [];
  const take = (): Promise<Lane> => {
    const lane = free.shift();
    return lane === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(lane);
  };
  const give = (lane: Lane): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };
  return jobs.map((job) => {
    const result = take().then((lane) => work(lane, job).finally(() => give(lane)));
    // Its test looks at it later; until then nobody does.
    result.catch(() => undefined);
    return result;
  });
}
