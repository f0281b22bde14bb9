;; Makes strings of ASCII bytes and of UTF-16 code units, where engines let WebAssembly do that: V8 is faster at it than its
;; decoders are, by far where these have a fixed cost to pay or characters beyond ASCII.
(module
  (type $units (array (mut i16)))
  (import "wasm:js-string" "fromCharCodeArray"
    (func $from_units (param (ref null $units) i32 i32) (result (ref extern))))
  (import "parser" "memory" (memory 1))
  ;; As many as MOST_UNITS of decode.ts, and seven, because the memory is read eight bytes at a time.
  (global $buffer (ref $units) (array.new_default $units (i32.const 65543)))

  (func (export "units") (param $address i32) (param $length i32) (result (ref extern))
    (local $at i32)
    (local $bytes i64)
    (local $buffer (ref $units))
    (local.set $buffer (global.get $buffer))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $bytes (i64.load align=1 (local.get $address)))
        (array.set $units (local.get $buffer) (local.get $at) (i32.wrap_i64 (local.get $bytes)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 1)) (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 16))))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 2)) (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 32))))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 3)) (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 48))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $address (i32.add (local.get $address) (i32.const 8)))
        (br $more)))
    (call $from_units (local.get $buffer) (i32.const 0) (local.get $length)))

  (func (export "ascii") (param $address i32) (param $length i32) (result (ref extern))
    (local $at i32)
    (local $bytes i64)
    (local $buffer (ref $units))
    (local.set $buffer (global.get $buffer))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $bytes (i64.load align=1 (local.get $address)))
        (array.set $units (local.get $buffer) (local.get $at) (i32.and (i32.wrap_i64 (local.get $bytes)) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 1)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 8))) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 2)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 16))) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 3)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 24))) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 4)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 32))) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 5)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 40))) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 6)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 48))) (i32.const 255)))
        (array.set $units (local.get $buffer) (i32.add (local.get $at) (i32.const 7)) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $bytes) (i64.const 56))) (i32.const 255)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $address (i32.add (local.get $address) (i32.const 8)))
        (br $more)))
    (call $from_units (local.get $buffer) (i32.const 0) (local.get $length))))
