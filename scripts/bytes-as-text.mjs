/**
 * Bytes as a string of ASCII, whatever a page's charset and a bundler make of others. Base64 would hide from gzip and
 * brotli what bytes have in common; here the commonest are one character each, the others two, and what was the same in
 * bytes is the same in text. Decoded by a small module that comes with it (`js/inlined.ts`): a loop of JavaScript over
 * so much takes milliseconds in a page that has just been opened.
 */

/** The first character of ASCII that prints, and the two last ones: each stands before one of two kinds of rarer bytes. */
const FIRST = 32
const ESCAPES = [125, 126]

/** What needs no escape in a string as minifiers write it, and can't end a script in a page. */
const characters = Array.from({ length: ESCAPES[0] - FIRST }, (_, index) => FIRST + index).filter(
  (code) => !'"\\<'.includes(String.fromCharCode(code)),
)

/** Codes of ASCII, and so the length of each table in the decoder's memory: for what stands alone, then by escape. */
const TABLE = 128
/** Bytes that the decoder needs at its memory's end, behind the text: two sets of a bit for each byte, and the tables. */
const SET = 256 / 8
const NEEDED = TABLE + (1 + ESCAPES.length) * TABLE
const PAGE = 65_536

/**
 * @param {Uint8Array} bytes
 * @returns {{text: string, decoder: string}} The text, and the module that decodes it in WebAssembly's text format.
 */
export function encode(bytes) {
  const counts = Array.from({ length: 256 }, () => 0)
  for (const byte of bytes) counts[byte]++
  const byCount = [...counts.keys()].sort((one, other) => counts[other] - counts[one])
  const common = new Set(byCount.slice(0, characters.length))
  // A byte that is such a character already stays it: messages stay what they are, for gzip and for whoever looks.
  const free = characters.filter((code) => !common.has(code))
  const rare = ESCAPES.flatMap((escape) => characters.map((code) => [escape, code]))
  const codes = [...counts.keys()].map((byte) => {
    if (!common.has(byte)) return rare.shift()
    return [characters.includes(byte) ? byte : free.shift()]
  })
  const text = Array.from(bytes, (byte) => String.fromCharCode(...codes[byte])).join('')
  return { text, decoder: decoder(common, Math.ceil((text.length + NEEDED) / PAGE)) }
}

/** A set of numbers below 256 as its bits, in a string of WebAssembly's text format. */
function bits(numbers) {
  const bytes = Array.from({ length: 32 }, () => 0)
  for (const number of numbers) bytes[number >> 3] |= 1 << (number & 7)
  return bytes.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
}

/** Makes the tables as `encode` numbered the codes, then decodes what stands at the memory's beginning, in place. */
function decoder(common, pages) {
  const COMMON = pages * PAGE - NEEDED
  const CHARACTERS = COMMON + SET
  // At a multiple of their length, so that what of a place is within its table is a matter of bits.
  const TABLES = COMMON + TABLE
  return `(module
    (memory (export "memory") ${pages})
    (data (i32.const ${COMMON}) "${bits(common)}${bits(characters)}")

    (func $has (param $set i32) (param $number i32) (result i32)
      (i32.and
        (i32.shr_u
          (i32.load8_u (i32.add (local.get $set) (i32.shr_u (local.get $number) (i32.const 3))))
          (i32.and (local.get $number) (i32.const 7)))
        (i32.const 1)))

    (func (export "decode") (param $length i32) (result i32)
      (local $byte i32)
      (local $free i32)
      (local $rare i32)
      (local $from i32)
      (local $to i32)
      (local $code i32)
      (local $table i32)
      (local.set $rare (i32.const ${TABLES + TABLE}))
      (loop $bytes
        (if (call $has (i32.const ${COMMON}) (local.get $byte))
          (then
            (local.set $code (local.get $byte))
            (if (i32.eqz (call $has (i32.const ${CHARACTERS}) (local.get $byte)))
              (then
                (loop $search
                  (br_if $search
                    (i32.or
                      (i32.eqz (call $has (i32.const ${CHARACTERS}) (local.tee $free (i32.add (local.get $free) (i32.const 1)))))
                      (call $has (i32.const ${COMMON}) (local.get $free)))))
                (local.set $code (local.get $free))))
            (i32.store8 offset=${TABLES} (local.get $code) (local.get $byte)))
          (else
            ;; The tables follow one another: what comes after the last character of one is the next.
            (loop $search
              (br_if $search
                (i32.eqz
                  (call $has (i32.const ${CHARACTERS})
                    (i32.and (local.tee $rare (i32.add (local.get $rare) (i32.const 1))) (i32.const ${TABLE - 1}))))))
            (i32.store8 (local.get $rare) (local.get $byte))))
        (br_if $bytes (i32.lt_u (local.tee $byte (i32.add (local.get $byte) (i32.const 1))) (i32.const 256))))
      (loop $text
        (if (i32.lt_u (local.get $from) (local.get $length))
          (then
            (local.set $code (i32.load8_u (local.get $from)))
            (local.set $table (i32.const 0))
            (if (i32.ge_u (local.get $code) (i32.const ${ESCAPES[0]}))
              (then
                (local.set $table (i32.mul (i32.sub (local.get $code) (i32.const ${ESCAPES[0] - 1})) (i32.const ${TABLE})))
                (local.set $from (i32.add (local.get $from) (i32.const 1)))
                (local.set $code (i32.load8_u (local.get $from)))))
            (i32.store8 (local.get $to)
              (i32.load8_u offset=${TABLES} (i32.add (local.get $table) (local.get $code))))
            (local.set $from (i32.add (local.get $from) (i32.const 1)))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))
            (br $text))))
      (local.get $to)))`
}
