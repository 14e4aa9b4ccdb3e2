import { type Columns, columnsOver } from './columns.ts';
import type { ListWalker, Stop, WordColumn } from './walker.ts';
import { wasmModule } from './wasm-module.ts';
import type { Words } from './words.ts';

interface Exports {
  memory: WebAssembly.Memory;
  allocate(size: number): number;
  begin(at: number): void;
  walk(end: number): number;
  shift(by: number): void;
  takeRows(): void;
  growWords(extra: number): void;
  find(at: number, length: number, kind: number): number;
  intern(at: number, length: number, kind: number): number;
  refuse(code: number, columns: number): void;
  getPosition(): number;
  getKeepFrom(): number;
  getRowCount(): number;
  getElementCount(): number;
  getColumns(): number;
  getColumnLength(): number;
  getWordCount(): number;
  getWordRecords(): number;
}

const stops: readonly Stop[] = ['needsBytes', 'listEnded', 'rowsFull', 'wordsFull', 'givesUp'];
const lookAhead = 4096 + 64;
const refusals: Record<WordColumn, number> = { agent: 1, status: 2, type: 4, priority: 8 };
const textKind = 0;
const numberKind = 1;
/** A text with half a surrogate pair, which UTF-8 cannot hold: kept as JSON. */
const jsonKind = 2;

let compiled: WebAssembly.Module | undefined | false;

/** A walker in WebAssembly with SIMD, or undefined where the runtime has none. */
export function openWasmWalker(): ListWalker | undefined {
  if (compiled === undefined) compiled = compile();
  return compiled
    ? new WasmWalker(new WebAssembly.Instance(compiled).exports as unknown as Exports)
    : undefined;
}

function compile(): WebAssembly.Module | false {
  try {
    return new WebAssembly.Module(Buffer.from(wasmModule, 'base64'));
  } catch {
    return false;
  }
}

class WasmWalker implements ListWalker {
  readonly lookAhead = lookAhead;
  readonly words: WasmWords;
  readonly #exports: Exports;
  #bytes: Uint8Array;
  #columns: Columns;

  constructor(exports: Exports) {
    this.#exports = exports;
    exports.growWords(0);
    this.words = new WasmWords(exports);
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#columns = columnsOver(exports.memory.buffer, exports.getColumns(), exports.getColumnLength());
  }

  get bytes(): Uint8Array {
    // Memory that grew is another buffer, and the views of the old one are empty.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    return this.#bytes;
  }

  get columns(): Columns {
    const { memory, getColumns, getColumnLength } = this.#exports;
    if (this.#columns.start.length === 0)
      this.#columns = columnsOver(memory.buffer, getColumns(), getColumnLength());
    return this.#columns;
  }

  get rowCount(): number {
    return this.#exports.getRowCount();
  }

  get elementCount(): number {
    return this.#exports.getElementCount();
  }

  get position(): number {
    return this.#exports.getPosition();
  }

  get keepFrom(): number {
    return this.#exports.getKeepFrom();
  }

  reserve(size: number): number {
    return this.#exports.allocate(size);
  }

  growWords(): void {
    this.#exports.growWords(0);
  }

  begin(at: number): void {
    this.#exports.begin(at);
  }

  walk(end: number): Stop {
    return stops[this.#exports.walk(end)] ?? 'givesUp';
  }

  takeRows(): void {
    this.#exports.takeRows();
  }

  refuse(code: number, column: WordColumn): void {
    this.#exports.refuse(code, refusals[column]);
  }

  shift(by: number): void {
    this.#exports.shift(by);
  }
}

/** Words in the walker's own memory; their texts are decoded when they are asked for. */
class WasmWords implements Words {
  readonly #exports: Exports;
  readonly #texts: (string | undefined)[] = [''];
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #scratch: number;
  #scratchSize = 1024;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.#scratch = exports.allocate(this.#scratchSize);
  }

  get size(): number {
    return this.#exports.getWordCount();
  }

  codeOf(text: string, isNumber: boolean): number {
    const isPlain = text.isWellFormed();
    const bytes = this.#encoder.encode(isPlain ? text : JSON.stringify(text));
    if (bytes.length + 8 > this.#scratchSize) {
      this.#scratchSize = 2 * bytes.length + 64;
      this.#scratch = this.#exports.allocate(this.#scratchSize);
    }
    new Uint8Array(this.#exports.memory.buffer).set(bytes, this.#scratch);
    const kind = isNumber ? numberKind : isPlain ? textKind : jsonKind;
    const known = this.#exports.find(this.#scratch, bytes.length, kind);
    if (known !== 0) return known;
    this.#exports.growWords(bytes.length);
    return this.#exports.intern(this.#scratch, bytes.length, kind);
  }

  textOf(code: number): string {
    const known = this.#texts[code];
    if (known !== undefined) return known;
    const [start = 0, length = 0, kind] = this.#record(code).subarray(1);
    const bytes = this.#decoder.decode(new Uint8Array(this.#exports.memory.buffer, start, length));
    const text: string = kind === jsonKind ? JSON.parse(bytes) : bytes;
    this.#texts[code] = text;
    return text;
  }

  isNumber(code: number): boolean {
    return code !== 0 && this.#record(code)[3] === numberKind;
  }

  /** Hash, pointer, length, kind. */
  #record(code: number): Uint32Array {
    return new Uint32Array(this.#exports.memory.buffer, this.#exports.getWordRecords() + 16 * code, 4);
  }
}
