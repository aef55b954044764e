import assert from "node:assert/strict";
import { isVideo, reasonInLog } from "../../../core/video/ffmpeg.ts";
import { VideoLog } from "../../../core/video/video_log.ts";

const LOG = [
  "  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 320x240 [SAR 1:1 DAR 4:3], 29.97 fps, 90k tbn",
  "  Duration: 01:02:03.50, start: 0.000000, bitrate: 292 kb/s",
  "  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 69 kb/s (default)",
  "  Stream #0:2[0x3](und): Audio: none (apac / 0x63617061), 48000 Hz, 308 kb/s",
  "  Stream #0:3[0x0]: Video: png, rgb24(pc), 640x480, 90k tbr, 90k tbn (attached pic)",
  "[Parsed_showinfo_0 @ 0x5] config in time_base: 1/400, frame_rate: 25/1",
  "[Parsed_showinfo_0 @ 0x5] n:   0 pts:    100 pts_time:1.5     pos:       48 fmt:yuv420p sar:4/3 s:320x240 i:P",
  "[Parsed_showinfo_2 @ 0x6] n:   0 pts:    100 pts_time:1.5     pos:       48 fmt:yuv420p sar:4/3 s:320x240 i:P",
  "[Parsed_showinfo_0 @ 0x5]   side data - User Data Unregistered:",
  "[Parsed_showinfo_0 @ 0x5] n:   1 pts:    200 pts_time:1.75    pos:       48 fmt:yuv420p",
  "[Parsed_showinfo_0 @ 0x5] n:   2 pts:    300 pts_time:2       pos:       48 fmt:yuv420p",
  "[Parsed_showinfo_2 @ 0x6] n:   1 pts:    300 pts_time:2       pos:       48 fmt:yuv420p",
  "[h264 @ 0x7] error while decoding MB 3 4",
  "Output #0, image2pipe, to 'pipe:1':",
  "  Stream #0:0(und): Video: ppm, rgb24, 99x99 [SAR 1:1 DAR 4:3], q=2-31, 200 kb/s, 12.5 fps, 25 tbn",
].join("\n") + "\n";

Deno.test("frames have their numbers among all and their times from the first, however the log is cut", async () => {
  for (const size of [1, 7, 1000]) {
    const log = new VideoLog();
    for (let at = 0; at < LOG.length; at += size) log.write(LOG.slice(at, at + size));
    log.end();
    assert.deepEqual([await log.next(), await log.next(), await log.next()], [
      { index: 0, seconds: 0 },
      { index: 2, seconds: 0.5 },
      undefined,
    ]);
    assert.deepEqual([log.rate, log.size], [30_000 / 1001, { width: 320, height: 240 }]);
    assert.deepEqual(
      [log.duration, log.sound, log.pixelAspect, log.start, log.faults],
      [3723.5, ["aac", "none"], "4:3", 0.25, 1],
    );
    assert.match(log.text, /error while decoding/);
    assert.doesNotMatch(log.text, /showinfo/);
  }
});

Deno.test("a frame is waited for until it is announced", async () => {
  const log = new VideoLog();
  const frame = log.next();
  log.write(LOG);
  assert.deepEqual(await frame, { index: 0, seconds: 0 });
});

Deno.test("a log without end takes no more memory than its last part", () => {
  const log = new VideoLog();
  for (let i = 0; i < 1000; i++) log.write("x".repeat(10_000));
  for (let i = 0; i < 1000; i++) log.write(`line ${i}\n`.repeat(20));
  assert.ok(log.text.length <= 8000);
});

Deno.test("the reason is the last telling line, without addresses and control characters", () => {
  const log = "[mov @ 0x55d2] moov atom not found\nfile:a.mp4: Invalid \x1b[31mdata\nConversion failed!\n";
  assert.equal(reasonInLog(log, "a.mp4"), "Invalid  [31mdata");
  assert.equal(reasonInLog("", "a.mp4"), "it ended without a reason");
});

Deno.test("videos are known by their extensions", () => {
  assert.deepEqual(["a.mp4", "b.MOV", "c.jpg", "mp4.txt", "d.gif", "e.webm"].map(isVideo), [
    true,
    true,
    false,
    false,
    false,
    true,
  ]);
});
