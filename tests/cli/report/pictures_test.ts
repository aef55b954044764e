import assert from "node:assert/strict";
import { decodeImage } from "../../../core/images/mod.ts";
import { dataUri, photoUri, render, tiles } from "../../../cli/report/mod.ts";
import { testImage } from "../../support/test_image.ts";

Deno.test("files and photos survive their addresses", async () => {
  assert.equal(dataUri(Uint8Array.of(0), "image/png"), "data:image/png;base64,AA==");
  const uri = await photoUri(testImage(40, 30));
  assert.match(uri, /^data:image\/jpeg;base64,[\w+/=]+$/);
  const photo = await decodeImage(Uint8Array.fromBase64(uri.slice(uri.indexOf(",") + 1)), "photo");
  assert.deepEqual([photo.width, photo.height], [40, 30]);
});

Deno.test("tiles show pictures with captions under a title, all of it escaped", () => {
  const markup = render(tiles([{
    title: "a<b>.png",
    note: "IoU 0.1",
    pictures: [{ uri: "data:image/png;base64,AA==", caption: "truth & more" }],
  }]));
  assert.match(markup, /<h3>a&lt;b&gt;\.png<\/h3><p>IoU 0\.1<\/p>/);
  assert.match(markup, /<img src="data:image\/png;base64,AA==" alt="truth &amp; more">/);
});
