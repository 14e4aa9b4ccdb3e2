/** A command on a host that prints the version which the pocket's service says there. */
export const askVersion = (port: string | number) =>
  `curl -fs "http://127.0.0.1:${port}/healthz" | tr -d '"{}' | cut -d : -f 2`;

/** What each of these services says it serves now; undefined for one that does not answer. */
export function servedVersions(urls: readonly string[]): Promise<(string | undefined)[]> {
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      return ((await answer?.json()) as { version?: string } | undefined)?.version;
    }),
  );
}
