type Cleanup = () => Promise<void>;

const cleanups: Cleanup[] = [];

/**
 * Runs `cleanup` when the test file is through, after the file's own hooks, last registered first. May be called from anywhere: the top of
 * a file, a hook, a test.
 */
export function cleanUpAfterFile(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

/** For the setup file. Runs every clean-up, then throws what failed. */
export async function runCleanups(): Promise<void> {
  const failures: unknown[] = [];
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
    try {
      await cleanup();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, "cleaning up after the test file failed");
  }
}
