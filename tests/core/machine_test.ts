import assert from "node:assert/strict";
import { describeMemory, describeProcessor, parseProcessorFacts } from "../../core/machine.ts";

Deno.test("/proc/cpuinfo is understood", () => {
  const text = [
    "processor\t: 0",
    "model name\t: Intel(R) Xeon(R) Processor @ 2.60GHz",
    "flags\t\t: fpu sse2 avx avx2 fma avx512f avx512_vnni amx_int8",
    "",
    "processor\t: 1",
    "model name\t: another",
  ].join("\n");
  assert.deepEqual(parseProcessorFacts(text, "x86_64"), {
    model: "Intel(R) Xeon(R) Processor @ 2.60GHz",
    features: { avx2: true, fma: true, avx512: true, vnni: true, amx: true },
  });
});

Deno.test("lscpu is understood", () => {
  const text = [
    "Architecture:                       aarch64",
    "Model name:                         Neoverse-N1",
    "Flags:                              fp asimd evtstrm aes asimddp",
    "Vulnerability Spectre v1:           Mitigation; __user pointer sanitization",
  ].join("\n");
  assert.deepEqual(parseProcessorFacts(text, "aarch64"), {
    model: "Neoverse-N1",
    features: { neon: true, dotprod: true, i8mm: false, bf16: false, sve: false },
  });
});

Deno.test("sysctl of macOS is understood on both architectures", () => {
  const intel = "machdep.cpu.brand_string: Intel(R) Core(TM) i7\nmachdep.cpu.features: FPU FMA\n" +
    "machdep.cpu.leaf7_features: AVX2 BMI1\n";
  assert.deepEqual(parseProcessorFacts(intel, "x86_64"), {
    model: "Intel(R) Core(TM) i7",
    features: { avx2: true, fma: true, avx512: false, vnni: false, amx: false },
  });
  const apple =
    "machdep.cpu.brand_string: Apple M2\nhw.optional.AdvSIMD: 1\nhw.optional.arm.FEAT_DotProd: 1\n" +
    "hw.optional.arm.FEAT_BF16: 0\n";
  assert.deepEqual(parseProcessorFacts(apple, "aarch64"), {
    model: "Apple M2",
    features: { neon: true, dotprod: true, i8mm: false, bf16: false, sve: false },
  });
});

Deno.test("what cannot be found out is said to be unknown, not absent", () => {
  assert.deepEqual(parseProcessorFacts("", "x86_64"), { model: undefined, features: null });
  assert.deepEqual(parseProcessorFacts("flags: rv64", "riscv64"), { model: undefined, features: null });
});

Deno.test("this machine has a processor and memory", async () => {
  const { model, cores } = await describeProcessor();
  assert.notEqual(model, "");
  assert.ok(cores >= 1);
  const memory = describeMemory();
  assert.ok(memory && memory.total >= memory.available && memory.available > 0);
});
