import { readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Preloaded into the Node processes that are measured: at exit it hands the peak of the resident memory to the
 * parent through file descriptor 3. The kernel's own mark (VmHWM) is exact and begins anew with each program;
 * `process.resourceUsage().maxRSS` would also count what the parent held while it forked.
 */
if (isMainThread) {
  process.on('exit', () => {
    try {
      writeSync(3, /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '');
    } catch {
      // Nobody listens: then this is a process of the measured one, and not the one that is measured.
    }
  });
}
