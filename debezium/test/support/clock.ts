/** Sets this process' clock back by an hour. @returns what sets it right */
export function setClockBack(): () => void {
  const clock = Date.now.bind(Date);
  const setBack = jest.spyOn(Date, 'now').mockImplementation(() => clock() - 3_600_000);
  return () => setBack.mockRestore();
}
