/** One answer of `git cat-file --batch`: "<object id> <kind> <size>", the bytes, and a line end. */
export function nextObject(
  answer: Buffer,
): { sha: string; kind: string; bytes: Buffer; rest: Buffer } | undefined {
  const headEnd = Math.max(answer.indexOf('\n'), 0);
  const [, sha, kind = '', size] =
    /^([0-9a-f]+) (\w+) (\d+)$/.exec(answer.subarray(0, headEnd).toString()) ?? [];
  if (sha === undefined) return undefined;
  const end = headEnd + 1 + Number(size);
  return { sha, kind, bytes: answer.subarray(headEnd + 1, end), rest: answer.subarray(end + 1) };
}
