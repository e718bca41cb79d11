/**
 * ASCII texts in buffers, outside of the heap that a garbage collector copies. V8 enlarges its young generation for
 * objects that survive: tens of thousands of strings that are kept take three times their own memory there.
 *
 * A text is a chain of blocks of one cache line each. Blocks that become free are used again, so that texts of changing
 * lengths leave no gaps. A character takes seven bits: of eight words with four characters each, the last one is in the
 * bits that the others do not need.
 */

import { ENCODER } from './utf8.ts'

const BLOCK_WORDS = 16
/** The last word of a block is the number of the next one. */
const TEXT_WORDS = BLOCK_WORDS - 1
const WORD_BYTES = 4
const BLOCK_BYTES = BLOCK_WORDS * WORD_BYTES
/** This number of words is packed into one word less. */
const GROUP_WORDS = 8
const BLOCKS_PER_PAGE = 256
/** No block: the end of a chain, and the place of an empty text. */
const NONE = -1

/** The bytes that a text of this length takes in a store. */
export function storedBytes(length: number): number {
  return blocksOf(length) * BLOCK_BYTES
}

export class TextStore {
  readonly #pages: Int32Array[] = []
  /** The number of blocks that were ever in use. */
  #blocks = 0
  /** The chain of free blocks. */
  #free = NONE
  /** The text of the current call: in UTF-8, then packed. */
  #words = new Int32Array(TEXT_WORDS)
  #bytes = new Uint8Array(this.#words.buffer)

  /** @returns The place of the text; `undefined`: it is not ASCII. */
  add(text: string): number | undefined {
    this.#provide(text.length)
    if (!this.#encode(text)) return undefined
    let place = NONE
    for (let index = blocksOf(text.length) - 1; index >= 0; index--) {
      const block = this.#take()
      const page = this.#pageOf(block)
      const offset = offsetOf(block)
      for (let word = 0; word < TEXT_WORDS; word++) {
        page[offset + word] = this.#words[index * TEXT_WORDS + word] ?? 0
      }
      page[offset + TEXT_WORDS] = place
      place = block
    }
    return place
  }

  /**
   * Whether a text is the one at a place.
   *
   * @param length The length of the text at that place.
   */
  holds(place: number, length: number, text: string): boolean {
    if (text.length !== length || !this.#encode(text)) return false
    const words = this.#words
    const end = wordsOf(length)
    let block = place
    for (let word = 0; word < end; ) {
      const page = this.#pageOf(block)
      let offset = offsetOf(block)
      block = page[offset + TEXT_WORDS] ?? NONE
      for (const stop = Math.min(word + TEXT_WORDS, end); word < stop; word++) {
        if (page[offset] !== words[word]) return false
        offset += 1
      }
    }
    return true
  }

  /** Frees the blocks of a text. */
  remove(place: number): void {
    for (let block = place; block !== NONE; ) {
      const page = this.#pageOf(block)
      const link = offsetOf(block) + TEXT_WORDS
      const next = page[link] ?? NONE
      page[link] = this.#free
      this.#free = block
      block = next
    }
  }

  /** Enlarges the buffer so that a text of this length can be encoded. */
  #provide(length: number): void {
    const words = Math.ceil(length / WORD_BYTES) + TEXT_WORDS
    if (words <= this.#words.length) return
    this.#words = new Int32Array(words)
    this.#bytes = new Uint8Array(this.#words.buffer)
  }

  /** Whether a text is ASCII: one byte for each character. It is not longer than the buffer. */
  #encode(text: string): boolean {
    const { read, written } = ENCODER.encodeInto(text, this.#bytes)
    if (read !== text.length || written !== text.length) return false
    const count = Math.ceil(written / WORD_BYTES)
    for (let index = written; index < count * WORD_BYTES; index++) this.#bytes[index] = 0
    this.#pack(count)
    return true
  }

  /** In place: a word is written after those behind it in its group were read, and before the next group. */
  #pack(count: number): void {
    const words = this.#words
    let to = 0
    let from = 0
    for (; from + GROUP_WORDS <= count; from += GROUP_WORDS) {
      const last = words[from + GROUP_WORDS - 1] ?? 0
      for (let bit = 0; bit < GROUP_WORDS - 1; bit += 1, to += 1) {
        // This bit of each character of the last word, in place of the top bit of a character, which is 0.
        words[to] = (words[from + bit] ?? 0) | (((last >> bit) & 0x01010101) << 7)
      }
    }
    for (; from < count; from += 1, to += 1) words[to] = words[from] ?? 0
  }

  #take(): number {
    const free = this.#free
    if (free !== NONE) {
      this.#free = this.#pageOf(free)[offsetOf(free) + TEXT_WORDS] ?? NONE
      return free
    }
    if (this.#blocks % BLOCKS_PER_PAGE === 0) {
      this.#pages.push(new Int32Array(BLOCKS_PER_PAGE * BLOCK_WORDS))
    }
    this.#blocks += 1
    return this.#blocks - 1
  }

  #pageOf(block: number): Int32Array {
    return this.#pages[Math.floor(block / BLOCKS_PER_PAGE)] as Int32Array
  }
}

function blocksOf(length: number): number {
  return Math.ceil(wordsOf(length) / TEXT_WORDS)
}

/** The words of a packed text. */
function wordsOf(length: number): number {
  const words = Math.ceil(length / WORD_BYTES)
  return words - Math.floor(words / GROUP_WORDS)
}

/** Where a block begins in its page. */
function offsetOf(block: number): number {
  return (block % BLOCKS_PER_PAGE) * BLOCK_WORDS
}
