;; Class labels of a picture's pixels from logits on a coarse grid, four grid points and the pixels between them (a cell)
;; at a time. `label_logits.ts` lays out the memory and calls `paintRow` for every row of cells.
;;
;; The grid of each class is a plane of f32 whose last row and column are there twice, so that every cell has a point to
;; the right and one below.
;;
;; Built with: wat2wasm label_cells.wat -o label_cells.wasm
(module
  (memory (export "memory") 1)

  (global $logits (mut i32) (i32.const 0))     ;; f32 [classes, plane]
  (global $classes (mut i32) (i32.const 0))
  (global $plane (mut i32) (i32.const 0))      ;; bytes of a plane, a multiple of 16
  (global $gridWidth (mut i32) (i32.const 0))
  (global $best (mut i32) (i32.const 0))       ;; u8 [plane]: the best class at every grid point
  (global $candidates (mut i32) (i32.const 0)) ;; 32 bytes for each class: see $gather
  (global $counts (mut i32) (i32.const 0))     ;; i32 [classes]: pixels of each class
  (global $columns (mut i32) (i32.const 0))    ;; three i32 a cell: grid point, first pixel, pixel after the last
  (global $columnsEnd (mut i32) (i32.const 0))
  (global $shares (mut i32) (i32.const 0))     ;; f32 for every pixel of a row: the share of the point to the right

  (func (export "useGrid")
    (param $logits i32) (param $classes i32) (param $plane i32) (param $gridWidth i32) (param $best i32)
    (param $candidates i32) (param $counts i32) (param $columns i32) (param $columnsEnd i32) (param $shares i32)
    (global.set $logits (local.get $logits))
    (global.set $classes (local.get $classes))
    (global.set $plane (local.get $plane))
    (global.set $gridWidth (local.get $gridWidth))
    (global.set $best (local.get $best))
    (global.set $candidates (local.get $candidates))
    (global.set $counts (local.get $counts))
    (global.set $columns (local.get $columns))
    (global.set $columnsEnd (local.get $columnsEnd))
    (global.set $shares (local.get $shares)))

  ;; Finds the best class at every grid point; of equal logits the lower class.
  (func (export "findBest")
    (local $at i32) (local $from i32) (local $class i32) (local $value v128) (local $largest v128)
    (local $winner v128) (local $above v128)
    (loop $points
      (local.set $from (i32.add (global.get $logits) (local.get $at)))
      (local.set $largest (v128.load (local.get $from)))
      (local.set $winner (v128.const i32x4 0 0 0 0))
      (local.set $class (i32.const 1))
      (block $done
        (loop $others
          (br_if $done (i32.ge_u (local.get $class) (global.get $classes)))
          (local.set $from (i32.add (local.get $from) (global.get $plane)))
          (local.set $value (v128.load (local.get $from)))
          (local.set $above (f32x4.gt (local.get $value) (local.get $largest)))
          (local.set $largest (v128.bitselect (local.get $value) (local.get $largest) (local.get $above)))
          (local.set $winner
            (v128.bitselect (i32x4.splat (local.get $class)) (local.get $winner) (local.get $above)))
          (local.set $class (i32.add (local.get $class) (i32.const 1)))
          (br $others)))
      (v128.store32_lane 0
        (i32.add (global.get $best) (i32.shr_u (local.get $at) (i32.const 2)))
        (call $toBytes (local.get $winner)))
      (br_if $points
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (global.get $plane)))))

  ;; Labels the pixels of one row of cells. `$point` is the first grid point above them, `$down` has for each of the
  ;; `$rows` rows of pixels the f32 share of the grid points below. A row is written every `$stride` bytes from `$out`,
  ;; which leaves room for 16 bytes beyond its end.
  (func (export "paintRow")
    (param $point i32) (param $rows i32) (param $down i32) (param $out i32) (param $stride i32)
    (local $column i32) (local $start i32) (local $end i32) (local $label i32)
    (local.set $column (global.get $columns))
    (loop $cells
      (local.set $start (i32.load offset=4 (local.get $column)))
      (local.set $end (i32.load offset=8 (local.get $column)))
      (local.set $label (call $commonLabel (i32.add (local.get $point) (i32.load (local.get $column)))))
      (if (i32.lt_s (local.get $label) (i32.const 0))
        (then
          (call $paintMixed
            (call $gather (i32.add (local.get $point) (i32.load (local.get $column))))
            (local.get $rows) (local.get $down) (local.get $out) (local.get $stride)
            (local.get $start) (local.get $end)))
        (else
          (call $fill
            (local.get $label) (local.get $rows) (local.get $out) (local.get $stride)
            (local.get $start) (local.get $end))))
      (br_if $cells
        (i32.lt_u
          (local.tee $column (i32.add (local.get $column) (i32.const 12)))
          (global.get $columnsEnd)))))

  ;; The class that is best at all four points of a cell, or -1.
  (func $commonLabel (param $point i32) (result i32)
    (local $above i32) (local $below i32)
    (local.set $above (i32.load16_u (i32.add (global.get $best) (local.get $point))))
    (local.set $below
      (i32.load16_u
        (i32.add (i32.add (global.get $best) (local.get $point)) (global.get $gridWidth))))
    (if (result i32)
      (i32.and
        (i32.eq (local.get $above) (local.get $below))
        (i32.eq (i32.and (local.get $above) (i32.const 255)) (i32.shr_u (local.get $above) (i32.const 8))))
      (then (i32.shr_u (local.get $above) (i32.const 8)))
      (else (i32.const -1))))

  ;; A cell of one class.
  (func $fill
    (param $label i32) (param $rows i32) (param $out i32) (param $stride i32) (param $start i32) (param $end i32)
    (local $at i32) (local $stop i32) (local $sixteen v128)
    (call $count (local.get $label) (i32.mul (local.get $rows) (i32.sub (local.get $end) (local.get $start))))
    (local.set $sixteen (i8x16.splat (local.get $label)))
    (loop $lines
      (local.set $at (i32.add (local.get $out) (local.get $start)))
      (local.set $stop (i32.add (local.get $out) (local.get $end)))
      (loop $pixels
        (v128.store (local.get $at) (local.get $sixteen))
        (br_if $pixels
          (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $stop))))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (br_if $lines (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Lists the classes that can win somewhere in a cell, in ascending order, and returns the end of the list. An entry
  ;; has the logits at the four points (f32: above left, above right, below left, below right) and the class (i32);
  ;; $paintMixed puts two f32 behind it.
  (func $gather (param $point i32) (result i32)
    (local $class i32) (local $from i32) (local $below i32) (local $entry i32) (local $at i32)
    (local $label0 i32) (local $label1 i32) (local $label2 i32) (local $label3 i32)
    (local $best0 v128) (local $best1 v128) (local $best2 v128) (local $best3 v128) (local $four v128)
    (local.set $at (i32.add (global.get $best) (local.get $point)))
    (local.set $label0 (i32.load8_u (local.get $at)))
    (local.set $label1 (i32.load8_u offset=1 (local.get $at)))
    (local.set $at (i32.add (local.get $at) (global.get $gridWidth)))
    (local.set $label2 (i32.load8_u (local.get $at)))
    (local.set $label3 (i32.load8_u offset=1 (local.get $at)))
    (local.set $from (i32.add (global.get $logits) (i32.shl (local.get $point) (i32.const 2))))
    (local.set $below (i32.shl (global.get $gridWidth) (i32.const 2)))
    (local.set $best0 (call $corners (local.get $from) (local.get $label0) (local.get $below)))
    (local.set $best1 (call $corners (local.get $from) (local.get $label1) (local.get $below)))
    (local.set $best2 (call $corners (local.get $from) (local.get $label2) (local.get $below)))
    (local.set $best3 (call $corners (local.get $from) (local.get $label3) (local.get $below)))
    (local.set $entry (global.get $candidates))
    (loop $others
      (local.set $four (call $corners (local.get $from) (local.get $class) (local.get $below)))
      (if
        (i32.eqz
          (i32.or
            (i32.or
              (call $dominates (local.get $best0) (local.get $label0) (local.get $four) (local.get $class))
              (call $dominates (local.get $best1) (local.get $label1) (local.get $four) (local.get $class)))
            (i32.or
              (call $dominates (local.get $best2) (local.get $label2) (local.get $four) (local.get $class))
              (call $dominates (local.get $best3) (local.get $label3) (local.get $four) (local.get $class)))))
        (then
          (v128.store (local.get $entry) (local.get $four))
          (i32.store offset=16 (local.get $entry) (local.get $class))
          (local.set $entry (i32.add (local.get $entry) (i32.const 32)))))
      (br_if $others
        (i32.lt_u (local.tee $class (i32.add (local.get $class) (i32.const 1))) (global.get $classes))))
    (local.get $entry))

  ;; The logits of a class at the four points of a cell.
  (func $corners (param $from i32) (param $class i32) (param $below i32) (result v128)
    (local $at i32)
    (local.set $at (i32.add (local.get $from) (i32.mul (local.get $class) (global.get $plane))))
    (v128.load64_lane 1
      (i32.add (local.get $at) (local.get $below))
      (v128.load64_zero (local.get $at))))

  ;; Whether class `$by` is above class `$of` at the four points of a cell, and so everywhere between. Of equal classes the
  ;; lower one wins.
  (func $dominates (param $more v128) (param $by i32) (param $less v128) (param $of i32) (result i32)
    (select
      (i32x4.all_true (f32x4.ge (local.get $more) (local.get $less)))
      (i32.and
        (i32.ne (local.get $by) (local.get $of))
        (i32x4.all_true (f32x4.gt (local.get $more) (local.get $less))))
      (i32.lt_u (local.get $by) (local.get $of))))

  ;; A cell of several classes: interpolates the candidates at every pixel, eight pixels at a time.
  (func $paintMixed
    (param $last i32) (param $rows i32) (param $down i32) (param $out i32) (param $stride i32)
    (param $start i32) (param $end i32)
    (local $entry i32) (local $x i32) (local $share v128) (local $four v128) (local $left f32)
    (local $slope v128) (local $near v128) (local $far v128) (local $value v128) (local $above v128) (local $class v128)
    (local $largest0 v128) (local $largest1 v128) (local $winner0 v128) (local $winner1 v128)
    (loop $lines
      ;; Where each candidate begins at the left of this row of pixels, and how much it changes until the right.
      (local.set $share (v128.load32_splat (local.get $down)))
      (local.set $entry (global.get $candidates))
      (loop $classes
        (local.set $four (v128.load (local.get $entry)))
        (local.set $four
          (f32x4.add
            (local.get $four)
            (f32x4.mul
              (local.get $share)
              (f32x4.sub
                (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four))
                (local.get $four)))))
        (local.set $left (f32x4.extract_lane 0 (local.get $four)))
        (f32.store offset=20 (local.get $entry) (local.get $left))
        (f32.store offset=24 (local.get $entry)
          (f32.sub (f32x4.extract_lane 1 (local.get $four)) (local.get $left)))
        (br_if $classes
          (i32.lt_u (local.tee $entry (i32.add (local.get $entry) (i32.const 32))) (local.get $last))))

      (local.set $x (local.get $start))
      (loop $pixels
        (local.set $near
          (v128.load (i32.add (global.get $shares) (i32.shl (local.get $x) (i32.const 2)))))
        (local.set $far
          (v128.load offset=16 (i32.add (global.get $shares) (i32.shl (local.get $x) (i32.const 2)))))
        (local.set $largest0 (v128.const f32x4 -inf -inf -inf -inf))
        (local.set $largest1 (local.get $largest0))
        (local.set $entry (global.get $candidates))
        (local.set $winner0 (v128.load32_splat offset=16 (local.get $entry))) ;; where no logit is a number
        (local.set $winner1 (local.get $winner0))
        (loop $classes
          (local.set $class (v128.load32_splat offset=16 (local.get $entry)))
          (local.set $four (v128.load32_splat offset=20 (local.get $entry)))
          (local.set $slope (v128.load32_splat offset=24 (local.get $entry)))
          (local.set $value (f32x4.add (local.get $four) (f32x4.mul (local.get $near) (local.get $slope))))
          (local.set $above (f32x4.gt (local.get $value) (local.get $largest0)))
          (local.set $largest0 (v128.bitselect (local.get $value) (local.get $largest0) (local.get $above)))
          (local.set $winner0 (v128.bitselect (local.get $class) (local.get $winner0) (local.get $above)))
          (local.set $value (f32x4.add (local.get $four) (f32x4.mul (local.get $far) (local.get $slope))))
          (local.set $above (f32x4.gt (local.get $value) (local.get $largest1)))
          (local.set $largest1 (v128.bitselect (local.get $value) (local.get $largest1) (local.get $above)))
          (local.set $winner1 (v128.bitselect (local.get $class) (local.get $winner1) (local.get $above)))
          (br_if $classes
            (i32.lt_u (local.tee $entry (i32.add (local.get $entry) (i32.const 32))) (local.get $last))))
        (v128.store64_lane 0
          (i32.add (local.get $out) (local.get $x))
          (i8x16.narrow_i16x8_u
            (local.tee $value (i16x8.narrow_i32x4_u (local.get $winner0) (local.get $winner1)))
            (local.get $value)))
        (br_if $pixels
          (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 8))) (local.get $end))))

      (local.set $x (local.get $start))
      (loop $pixels
        (call $count (i32.load8_u (i32.add (local.get $out) (local.get $x))) (i32.const 1))
        (br_if $pixels
          (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $end))))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (local.set $down (i32.add (local.get $down) (i32.const 4)))
      (br_if $lines (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  (func $count (param $label i32) (param $pixels i32)
    (local $at i32)
    (local.set $at (i32.add (global.get $counts) (i32.shl (local.get $label) (i32.const 2))))
    (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $pixels))))

  ;; Four i32 below 256 as the first four bytes.
  (func $toBytes (param $four v128) (result v128)
    (local.set $four (i16x8.narrow_i32x4_u (local.get $four) (local.get $four)))
    (i8x16.narrow_i16x8_u (local.get $four) (local.get $four))))
