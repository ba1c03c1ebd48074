/** How much a piece of work takes, apart from what else the machine does meanwhile. */
import process from "node:process";

/** Starts to count; what it gives tells the milliseconds of processor time that this thread has spent since. */
export function processorTime(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}
