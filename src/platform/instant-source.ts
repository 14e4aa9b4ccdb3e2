import { readSync } from 'node:fs';

/** A file that is open, read by the thread that asks: for one that has nothing else to do. */
export function instantSource({ fd, size }: { fd: number; size: number }) {
  return {
    fd,
    size,
    isInstant: true,
    async read(into: Uint8Array, position: number): Promise<number> {
      let filled = 0;
      while (filled < into.length) {
        const bytesRead = readSync(fd, into, filled, into.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
  };
}
