import type { ListWalker } from './walker.ts';

/** Where the bytes of a file come from. */
export interface ByteSource {
  readonly size: number;
  /** Whether reading is done when it was asked for: then nothing is read ahead, and one chunk is all that is needed. */
  readonly isInstant?: boolean | undefined;
  /** Fills `into` from `position` on. @returns how many bytes there were, fewer than asked only at the end */
  read(into: Uint8Array, position: number): Promise<number>;
}

const largestChunk = 1 << 20;
const smallestRoom = 1 << 16;
const space = 0x20;

/**
 * The part of a file that is in memory: a chunk, and before it what of the last chunk is still needed. While one chunk
 * is worked on, the next one is read. Memory is bounded by the largest element, not by the file.
 */
export class Window {
  #source: ByteSource | undefined;
  readonly #walker: ListWalker;
  readonly #chunkSize: number;
  /** Room before each chunk for what is kept. */
  #room: number;
  /** Where the chunk begins that is worked on, and the one that is being read. */
  #current = 0;
  #other = 0;
  #next: Promise<number> | undefined;
  #readSoFar = 0;
  #end = 0;
  #base = 0;
  #isLast = false;
  #readsAhead = true;

  /** @param room before each chunk; grows where an element is larger */
  constructor(walker: ListWalker, chunkSize = largestChunk, room = smallestRoom) {
    this.#walker = walker;
    this.#chunkSize = chunkSize;
    this.#room = room;
  }

  static open(source: ByteSource, walker: ListWalker, chunkSize = largestChunk): Promise<Window> {
    const { size } = source;
    return new Window(walker, Math.min(chunkSize, size + 1), Math.min(smallestRoom, size)).begin(source);
  }

  /** Begins with a source, in the memory of the one before. */
  async begin(source: ByteSource): Promise<this> {
    await this.settle().catch(() => undefined); // of a source that is given up
    this.#source = source;
    this.#readsAhead = !source.isInstant;
    this.#readSoFar = 0;
    this.#next = undefined;
    this.#current ||= this.#reserve();
    const length = await this.#read(this.#current);
    this.#base = -this.#current;
    this.#take(this.#current, length);
    if (!this.#isLast && this.#readsAhead) {
      this.#other ||= this.#reserve();
      this.#readAhead();
    }
    return this;
  }

  /** The index of the first byte. */
  get start(): number {
    return -this.#base;
  }

  /** All bytes there are: valid up to their end. */
  get bytes(): Uint8Array {
    return this.#walker.bytes.subarray(0, this.#end);
  }

  /** Up to where the walker may go; behind the end of the file there is white space for it to look at. */
  get walkEnd(): number {
    return this.#isLast ? this.#end + this.#walker.lookAhead : this.#end;
  }

  get isLast(): boolean {
    return this.#isLast;
  }

  /** The place in the file of a byte in memory. */
  offsetOf(index: number): number {
    return this.#base + index;
  }

  /** Waits until nothing is being read, so that memory may move. What was read stays. */
  async settle(): Promise<void> {
    await this.#next;
  }

  /**
   * Lets go of everything before `keepFrom` and adds the next chunk.
   * @returns by how much the bytes that were kept have moved
   */
  async advance(keepFrom: number): Promise<number> {
    if (!this.#readsAhead) return this.#readOn(keepFrom);
    const length = (await this.#next) ?? 0;
    const kept = this.#end - keepFrom;
    if (kept > this.#room) this.#widen(kept, length);
    const by = this.#keep(keepFrom, this.#other);
    [this.#current, this.#other] = [this.#other, this.#current];
    this.#take(this.#current, length);
    if (!this.#isLast) this.#readAhead();
    return by;
  }

  /** As `advance`, into the place of the chunk before. */
  async #readOn(keepFrom: number): Promise<number> {
    const kept = this.#end - keepFrom;
    if (kept > this.#room) {
      this.#room = 2 * kept;
      this.#current = this.#reserve();
    }
    const by = this.#keep(keepFrom, this.#current);
    this.#take(this.#current, await this.#read(this.#current));
    return by;
  }

  /** Moves what is kept to right before a chunk. @returns by how much */
  #keep(keepFrom: number, chunk: number): number {
    const target = chunk - (this.#end - keepFrom);
    this.#walker.bytes.copyWithin(target, keepFrom, this.#end);
    this.#base -= target - keepFrom;
    return target - keepFrom;
  }

  #take(chunk: number, length: number): void {
    this.#end = chunk + length;
    this.#isLast = length < this.#chunkSize;
    if (this.#isLast) this.#walker.bytes.fill(space, this.#end, this.#end + this.#walker.lookAhead);
  }

  #readAhead(): void {
    this.#next = this.#read(this.#other);
    this.#next.catch(() => undefined); // reported by who waits for it
  }

  async #read(chunk: number): Promise<number> {
    const into = this.#walker.bytes.subarray(chunk, chunk + this.#chunkSize);
    const length = (await this.#source?.read(into, this.#readSoFar)) ?? 0;
    this.#readSoFar += length;
    return length;
  }

  #reserve(): number {
    return this.#walker.reserve(this.#room + this.#chunkSize + this.#walker.lookAhead) + this.#room;
  }

  /** An element is larger than any before: both chunks get more room, the one that was just read moves. */
  #widen(kept: number, length: number): void {
    this.#room = 2 * kept;
    const next = this.#other;
    this.#other = this.#reserve();
    this.#walker.bytes.copyWithin(this.#other, next, next + length);
    // The chunk that is worked on keeps its place until it is let go; its successor gets a place of its own.
    this.#current = this.#reserve();
  }
}
