;; The two passes of an antialiased resize of 8-bit pixels, as Pillow rounds them: a sum of pixels times weights of 22
;; fractional bits, rounded to 8 bits after each pass. `resize.ts` lays out the memory and calls them row by row.
;;
;; Built with: wat2wasm resample.wat -o resample.wasm
(module
  (memory (export "memory") 1)

  ;; One row of RGB pixels to `count` pixels. `spans` holds two i32 for each: the byte at which the pixels that
  ;; contribute begin, and how many bytes of weights they have. `weights` holds `stride` bytes for each, 16 for every
  ;; four pixels: the weights' upper and lower halves, each 11 bits, as i16 in pairs (upper 0 1, upper 2 3, lower 0 1,
  ;; lower 2 3), so that one instruction does two pixels. Up to 16 bytes are read beyond the last pixel, and one is
  ;; written.
  (func (export "resampleRow")
    (param $from i32) (param $to i32) (param $count i32) (param $spans i32) (param $weights i32) (param $stride i32)
    (local $pixel i32) (local $weight i32) (local $end i32)
    (local $four v128) (local $pair v128) (local $upper v128) (local $lower v128)
    (loop $outputs
      (local.set $pixel (i32.add (local.get $from) (i32.load (local.get $spans))))
      (local.set $weight (local.get $weights))
      (local.set $end (i32.add (local.get $weights) (i32.load offset=4 (local.get $spans))))
      (local.set $upper (v128.const i32x4 0 0 0 0))
      (local.set $lower (v128.const i32x4 0x200000 0x200000 0x200000 0x200000)) ;; one half
      (loop $taps
        (local.set $four (v128.load (local.get $pixel)))
        ;; Red, green and blue of pixels 0 and 1, side by side as i16.
        (local.set $pair
          (i8x16.shuffle 0 16 3 16 1 16 4 16 2 16 5 16 16 16 16 16 (local.get $four) (v128.const i32x4 0 0 0 0)))
        (local.set $upper
          (i32x4.add (local.get $upper)
            (i32x4.dot_i16x8_s (local.get $pair) (v128.load32_splat (local.get $weight)))))
        (local.set $lower
          (i32x4.add (local.get $lower)
            (i32x4.dot_i16x8_s (local.get $pair) (v128.load32_splat offset=8 (local.get $weight)))))
        ;; Of pixels 2 and 3.
        (local.set $pair
          (i8x16.shuffle 6 16 9 16 7 16 10 16 8 16 11 16 16 16 16 16 (local.get $four) (v128.const i32x4 0 0 0 0)))
        (local.set $upper
          (i32x4.add (local.get $upper)
            (i32x4.dot_i16x8_s (local.get $pair) (v128.load32_splat offset=4 (local.get $weight)))))
        (local.set $lower
          (i32x4.add (local.get $lower)
            (i32x4.dot_i16x8_s (local.get $pair) (v128.load32_splat offset=12 (local.get $weight)))))
        (local.set $pixel (i32.add (local.get $pixel) (i32.const 12)))
        (br_if $taps
          (i32.lt_u (local.tee $weight (i32.add (local.get $weight) (i32.const 16))) (local.get $end))))
      (local.set $lower
        (i32x4.shr_s
          (i32x4.add (local.get $lower) (i32x4.shl (local.get $upper) (i32.const 11)))
          (i32.const 22)))
      (local.set $lower (i16x8.narrow_i32x4_s (local.get $lower) (local.get $lower)))
      (v128.store32_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $lower) (local.get $lower)))
      (local.set $to (i32.add (local.get $to) (i32.const 3)))
      (local.set $spans (i32.add (local.get $spans) (i32.const 8)))
      (local.set $weights (i32.add (local.get $weights) (local.get $stride)))
      (br_if $outputs (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; The weighted sum of `rows` rows of `bytes` bytes, which lie `bytes` apart; `bytes` is a multiple of 16.
  (func (export "blendRows")
    (param $from i32) (param $to i32) (param $bytes i32) (param $weights i32) (param $rows i32)
    (local $at i32) (local $weight i32) (local $row i32) (local $end i32) (local $pixels v128) (local $half v128)
    (local $factor v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $weights) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $columns
      (local.set $row (i32.add (local.get $from) (local.get $at)))
      (local.set $weight (local.get $weights))
      (local.set $a (v128.const i32x4 0x200000 0x200000 0x200000 0x200000)) ;; one half
      (local.set $b (local.get $a))
      (local.set $c (local.get $a))
      (local.set $d (local.get $a))
      (loop $taps
        (local.set $pixels (v128.load (local.get $row)))
        (local.set $factor (v128.load32_splat (local.get $weight)))
        (local.set $half (i16x8.extend_low_i8x16_u (local.get $pixels)))
        (local.set $a
          (i32x4.add (local.get $a) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $half)) (local.get $factor))))
        (local.set $b
          (i32x4.add (local.get $b) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $half)) (local.get $factor))))
        (local.set $half (i16x8.extend_high_i8x16_u (local.get $pixels)))
        (local.set $c
          (i32x4.add (local.get $c) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $half)) (local.get $factor))))
        (local.set $d
          (i32x4.add (local.get $d) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $half)) (local.get $factor))))
        (local.set $row (i32.add (local.get $row) (local.get $bytes)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $taps (i32.lt_u (local.get $weight) (local.get $end))))
      (v128.store
        (i32.add (local.get $to) (local.get $at))
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $a) (i32.const 22)) (i32x4.shr_s (local.get $b) (i32.const 22)))
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $c) (i32.const 22)) (i32x4.shr_s (local.get $d) (i32.const 22)))))
      (br_if $columns
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $bytes))))))
