import { DevopsError } from '../errors.ts';

/** Separation of duties: nobody decides about a commit of their own. Pure. */

/** Names of people are mail addresses, as git knows authors by them: in any case they are the same person. */
export function isSamePerson(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

const isMailAddress = (name: string) => /^[^\s@]+@[^\s@]+$/.test(name);

/** Whether a person who is known by these names could be told from the authors of commits. */
export function hasMailAddress(names: readonly string[]): boolean {
  return names.some(isMailAddress);
}

/**
 * Why a signer has no say about a commit.
 * @param names every name that the list of signers has for the key
 * @param authors mail addresses of everybody who wrote the commit
 * @param what they would do, such as `approve it`
 * @returns undefined where nothing speaks against it
 */
export function conflictOf(
  names: readonly string[],
  authors: readonly string[],
  what: string,
): { reason: string; remedy: string } | undefined {
  const own = names.find((name) => authors.some((author) => isSamePerson(author, name)));
  if (own !== undefined) {
    return { reason: `${own} wrote the commit and cannot ${what}`, remedy: 'Somebody else decides.' };
  }
  if (hasMailAddress(names)) return undefined;
  return {
    reason: `${names.join(', ')} is no mail address, so nobody can tell whether they wrote the commit`,
    remedy:
      'A person writes the mail address of their commits in front of their key in the list of signers, as in "sam@example.com ssh-ed25519 …"; then it is signed anew.',
  };
}

/** @throws SIGNATURE_REFUSED */
export function assertNotAuthor(names: readonly string[], authors: readonly string[], what: string): void {
  const conflict = conflictOf(names, authors, what);
  if (conflict) throw new DevopsError('SIGNATURE_REFUSED', conflict.reason, { remedy: conflict.remedy });
}
