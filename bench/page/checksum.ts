/** FNV-1a, 32 bits, over UTF-8, as the server's `X-Checksum` has it. */

const encoder = new TextEncoder()
let bytes = new Uint8Array(1 << 16)

export class Checksum {
  #sum = 0x811c9dc5

  add(text: string) {
    if (text.length * 3 > bytes.length) bytes = new Uint8Array(text.length * 3)
    const { written } = encoder.encodeInto(text, bytes)
    let sum = this.#sum
    for (let index = 0; index < written; index++) sum = Math.imul(sum ^ bytes[index]!, 0x01000193)
    this.#sum = sum
  }

  /** Eight hexadecimal digits. */
  toString() {
    return (this.#sum >>> 0).toString(16).padStart(8, '0')
  }
}
