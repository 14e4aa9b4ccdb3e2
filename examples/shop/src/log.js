const quietMs = 1000;

/** Writes JSON lines. The same error is written once a second at most: a flood of it tells nothing more. */
export function createLog(stream = process.stdout) {
  const lastWritten = new Map();

  function write(level, message) {
    stream.write(`${JSON.stringify({ time: new Date().toISOString(), level, message })}\n`);
  }

  return {
    info: (message) => write('info', message),
    error(message) {
      const now = Date.now();
      if (now - (lastWritten.get(message) ?? 0) < quietMs) return;
      lastWritten.set(message, now);
      write('error', message);
    },
  };
}
