/**
 * Marks of single stations, drawn when the map first needs them.
 *
 * The power class is told by the shape (circle, square, hexagon; hollow where unknown), the
 * power by its number, the availability by a sign (tick, minus, none): colour only adds to it.
 */
import type { ExpressionSpecification } from "maplibre-gl";
import type { Availability } from "../features";
import type { PowerClass } from "../power";

export interface Mark {
  readonly power: PowerClass;
  readonly availability: Availability;
  readonly kw: string;
}

/** Canvas pixels for a CSS pixel: sharp on every screen that is likely. */
export const MARK_PIXEL_RATIO = 2;

const SIZE = 44;
const CENTRE = SIZE / 2;
const RADIUS = 15;

/** White on each of them, and each on land, passes WCAG AA. */
export const POWER_COLOURS: Record<PowerClass, string> = {
  unknown: "#56636f",
  normal: "#2461a6",
  fast: "#0b6e5b",
  ultra: "#8527ae",
};

const PREFIX = "mark";

/** The expression that names a feature's mark; `readMark` reads such names. */
export function markerName(
  power: ExpressionSpecification,
  availability: ExpressionSpecification,
  kw: ExpressionSpecification,
): ExpressionSpecification {
  return ["concat", `${PREFIX}/`, power, "/", availability, "/", kw];
}

export function readMark(name: string): Mark | null {
  const [prefix, power, availability, kw] = name.split("/");
  if (prefix !== PREFIX || !power || !availability || kw === undefined) return null;
  return { power: power as PowerClass, availability: availability as Availability, kw };
}

export function drawMark(mark: Mark): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * MARK_PIXEL_RATIO;
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("this browser has no 2D canvas");
  pen.scale(MARK_PIXEL_RATIO, MARK_PIXEL_RATIO);
  drawBody(pen, mark.power);
  drawLabel(pen, mark);
  drawAvailability(pen, mark.availability);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function drawBody(pen: CanvasRenderingContext2D, power: PowerClass): void {
  const isHollow = power === "unknown";
  pen.beginPath();
  outline(pen, power);
  pen.shadowColor = "rgb(0 0 0 / 35%)";
  pen.shadowBlur = 3 * MARK_PIXEL_RATIO;
  pen.shadowOffsetY = MARK_PIXEL_RATIO;
  pen.fillStyle = isHollow ? "#ffffff" : POWER_COLOURS[power];
  pen.fill();
  pen.shadowColor = "transparent";
  pen.strokeStyle = isHollow ? POWER_COLOURS[power] : "#ffffff";
  pen.lineWidth = 2;
  pen.stroke();
}

function outline(pen: CanvasRenderingContext2D, power: PowerClass): void {
  if (power === "fast") {
    pen.roundRect(CENTRE - RADIUS, CENTRE - RADIUS + 2, RADIUS * 2, RADIUS * 2 - 4, 5);
  } else if (power === "ultra") {
    polygon(pen, 6, RADIUS + 2.5);
  } else {
    pen.arc(CENTRE, CENTRE, power === "unknown" ? RADIUS - 3 : RADIUS - 1, 0, 2 * Math.PI);
  }
}

function polygon(pen: CanvasRenderingContext2D, corners: number, radius: number): void {
  for (let corner = 0; corner < corners; corner++) {
    const angle = (corner * 2 * Math.PI) / corners;
    pen.lineTo(CENTRE + radius * Math.cos(angle), CENTRE + radius * Math.sin(angle));
  }
  pen.closePath();
}

function drawLabel(pen: CanvasRenderingContext2D, mark: Mark): void {
  pen.fillStyle = mark.power === "unknown" ? POWER_COLOURS.unknown : "#ffffff";
  if (mark.kw === "") {
    drawBolt(pen);
    return;
  }
  pen.font = `650 ${mark.kw.length > 3 ? 10 : 12.5}px "Inter Variable", sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(mark.kw, CENTRE, CENTRE + 0.5);
}

function drawBolt(pen: CanvasRenderingContext2D): void {
  pen.beginPath();
  for (const [x, y] of [[1.5, -7], [-4.5, 1.2], [-0.8, 1.2], [-1.5, 7], [4.5, -1.6], [0.6, -1.6]]) {
    pen.lineTo(CENTRE + (x ?? 0), CENTRE + (y ?? 0));
  }
  pen.fill();
}

function drawAvailability(pen: CanvasRenderingContext2D, availability: Availability): void {
  if (availability === "unknown") return;
  const [x, y] = [CENTRE + 12.5, CENTRE - 11.5];
  pen.beginPath();
  pen.arc(x, y, 7, 0, 2 * Math.PI);
  pen.fillStyle = availability === "free" ? "#ffffff" : "#4a5560";
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = availability === "free" ? "#0a7a3d" : "#ffffff";
  pen.stroke();
  pen.beginPath();
  pen.lineWidth = 2;
  pen.lineCap = "round";
  if (availability === "free") {
    pen.moveTo(x - 3, y + 0.2);
    pen.lineTo(x - 0.8, y + 2.4);
    pen.lineTo(x + 3.2, y - 2.4);
  } else {
    pen.moveTo(x - 3, y);
    pen.lineTo(x + 3, y);
  }
  pen.stroke();
}
