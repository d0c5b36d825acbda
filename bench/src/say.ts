/** Prints lines for people, each with the time since the start: "[02:41] …". */
export function sayWithTime(print: (line: string) => void = console.log): (line: string) => void {
  const startedAt = performance.now();
  return (line) => {
    const seconds = Math.floor((performance.now() - startedAt) / 1_000);
    const clock = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    print(`[${clock}] ${line}`);
  };
}
