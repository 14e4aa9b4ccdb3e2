/** What a signature of a security key (`sk-…`) says beyond who made it (PROTOCOL.u2f and PROTOCOL.sshsig of OpenSSH). */

const userPresent = 1;

/**
 * Whether a signature was made without anybody touching the key that made it. OpenSSH believes such ones: a key may have
 * been made with `no-touch-required`, so that a program can use it alone.
 * @param signature the bytes in the armor
 * @returns false also for keys that cannot tell
 */
export function isUntouched(signature: Uint8Array): boolean {
  const blob = Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength);
  try {
    let at = 'SSHSIG'.length + 4; // and the version
    const next = (): Buffer => {
      const end = at + 4 + blob.readUInt32BE(at);
      const part = blob.subarray(at + 4, end);
      at = end;
      return part;
    };
    const [, , , , made] = [next(), next(), next(), next(), next()]; // key, namespace, reserved, hash, signature
    const kind = made?.subarray(4, 4 + made.readUInt32BE(0)).toString('latin1') ?? '';
    if (!made || !/^(webauthn-)?sk-/.test(kind)) return false;
    const afterKind = 4 + kind.length;
    const flags = made.readUInt8(afterKind + 4 + made.readUInt32BE(afterKind));
    return (flags & userPresent) === 0;
  } catch {
    return false; // no signature at all: ssh-keygen says so
  }
}
