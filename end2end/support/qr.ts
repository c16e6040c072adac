// Reads a QR code as the camera of a tablet does.
import type { Locator } from "@playwright/test";
import jsQR from "jsqr";

/** Draws the first image (an SVG) of what is found, and reads the code in it. */
export async function readQr(found: Locator): Promise<string> {
  const { data, size } = await found.locator("svg").first().evaluate(async (svg) => {
    const size = 600;
    const image = new Image(size, size);
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const context = canvas.getContext("2d")!;
    context.fillStyle = "white";
    context.fillRect(0, 0, size, size);
    context.drawImage(image, 0, 0, size, size);
    return { size, data: [...context.getImageData(0, 0, size, size).data] };
  });
  const code = jsQR(new Uint8ClampedArray(data), size, size);
  if (!code) throw new Error("there is no QR code to be read");
  return code.data;
}
