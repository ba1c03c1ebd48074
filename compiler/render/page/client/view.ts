/** Which part of the picture is seen, and moving over it: drag, keys, wheel, pinch. */
import { el } from "./dom.ts";

export interface View {
  zoom(by: number): void;
  pan(dx: number, dy: number): void;
  fit(): void;
  /** Brings a box into sight if it is not; its text large enough to be read. */
  show(box: Element): void;
}

interface Seen {
  /** Centre, in units of the picture. */
  x: number;
  y: number;
  /** Pixels of the screen per unit. */
  scale: number;
}

const MOST = 4;
/** A small picture is not made larger than this, and keeps so many pixels around it. */
const LARGEST = 1.25;
const EDGE = 12;
/** Text of boxes can still be read at this. */
const READABLE = 0.75;
/** How far a finger may slip and still mean a click. */
const SLIP = 5;

export function makeView(canvas: HTMLElement, svg: SVGSVGElement): View {
  const [left = 0, top = 0, width = 100, height = 100] = (svg.getAttribute("viewBox") ?? "")
    .split(/[\s,]+/)
    .map(Number);
  const pane = (): { readonly w: number; readonly h: number } => ({
    w: Math.max(1, canvas.clientWidth),
    h: Math.max(1, canvas.clientHeight),
  });
  const fitting = (): number => Math.min(pane().w / width, pane().h / height, LARGEST);
  const seen: Seen = { x: left + width / 2, y: top + height / 2, scale: 1 };

  const draw = (): void => {
    const { w, h } = pane();
    seen.scale = Math.min(MOST, Math.max(seen.scale, fitting() / 2));
    seen.x = Math.min(left + width, Math.max(left, seen.x));
    seen.y = Math.min(top + height, Math.max(top, seen.y));
    const [vw, vh] = [w / seen.scale, h / seen.scale];
    svg.setAttribute("viewBox", `${seen.x - vw / 2} ${seen.y - vh / 2} ${vw} ${vh}`);
  };
  /** Large plans would be too small to be read as a whole: they are seen from their beginning. */
  const begin = (): void => {
    const { w, h } = pane();
    const whole = fitting();
    seen.scale = whole >= READABLE ? whole : Math.min(1, Math.max(READABLE, w / width));
    seen.x = width * seen.scale <= w ? left + width / 2 : left + w / seen.scale / 2;
    seen.y = whole >= READABLE ? top + height / 2 : top + h / seen.scale / 2;
    draw();
  };
  /** The point of the picture under a place of the screen stays there. */
  const zoomAt = (by: number, clientX: number, clientY: number): void => {
    const box = canvas.getBoundingClientRect();
    const [dx, dy] = [clientX - box.left - box.width / 2, clientY - box.top - box.height / 2];
    const before = seen.scale;
    seen.scale = Math.min(MOST, Math.max(before * by, fitting() / 2));
    seen.x += dx / before - dx / seen.scale;
    seen.y += dy / before - dy / seen.scale;
    draw();
  };
  const pan = (dx: number, dy: number): void => {
    seen.x += dx / seen.scale;
    seen.y += dy / seen.scale;
    draw();
  };

  // As high as the picture is, as far as the style lets it: a small one leaves no empty pane.
  const room = el("div", { class: "room" });
  canvas.after(room);
  const makeRoom = (): void => {
    room.style.height = `${Math.ceil(height * Math.min(canvas.clientWidth / width, LARGEST)) + 2 * EDGE}px`;
  };
  makeRoom();
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  let begun = canvas.clientWidth > 0;
  if (begun) begin();
  // On a phone it is not there before it is asked for.
  new ResizeObserver(() => {
    if (canvas.clientWidth === 0) return;
    makeRoom();
    if (begun) draw();
    else begin();
    begun = true;
  }).observe(canvas);
  dragging(canvas, pan, zoomAt);
  canvas.addEventListener(
    "wheel",
    (event) => {
      // Whoever only scrolls past the picture is not held up by it.
      if (!event.ctrlKey && !event.metaKey && !canvas.contains(document.activeElement)) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.0022 : 0.06)), event.clientX, event.clientY);
    },
    { passive: false },
  );

  return {
    pan,
    zoom(by) {
      seen.scale *= by;
      draw();
    },
    fit() {
      seen.scale = fitting();
      seen.x = left + width / 2;
      seen.y = top + height / 2;
      draw();
    },
    show(box) {
      const at = box.getBoundingClientRect();
      const outer = canvas.getBoundingClientRect();
      if (outer.width === 0) return;
      const inSight =
        at.left >= outer.left + 8 &&
        at.right <= outer.right - 8 &&
        at.top >= outer.top + 8 &&
        at.bottom <= outer.bottom - 8;
      if (inSight && seen.scale >= READABLE / 2) return;
      seen.x += (at.left + at.width / 2 - outer.left - outer.width / 2) / seen.scale;
      seen.y += (at.top + at.height / 2 - outer.top - outer.height / 2) / seen.scale;
      if (seen.scale < READABLE) seen.scale = READABLE;
      draw();
    },
  };
}

function dragging(
  canvas: HTMLElement,
  pan: (dx: number, dy: number) => void,
  zoomAt: (by: number, x: number, y: number) => void,
): void {
  const fingers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  const middle = (): { readonly x: number; readonly y: number; readonly apart: number } => {
    const [a, b] = [...fingers.values()];
    if (a === undefined || b === undefined) return { x: a?.x ?? 0, y: a?.y ?? 0, apart: 0 };
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (fingers.size === 0) moved = 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) return;
    const before = middle();
    moved += Math.abs(event.clientX - finger.x) + Math.abs(event.clientY - finger.y);
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (moved < SLIP) return;
    canvas.classList.add("dragging");
    canvas.setPointerCapture(event.pointerId);
    const now = middle();
    pan(before.x - now.x, before.y - now.y);
    if (before.apart > 0 && now.apart > 0) zoomAt(now.apart / before.apart, now.x, now.y);
  });
  const lift = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    if (fingers.size === 0) canvas.classList.remove("dragging");
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  // A drag that ends on a box is no click on it.
  canvas.addEventListener(
    "click",
    (event) => {
      if (moved < SLIP) return;
      event.stopPropagation();
      event.preventDefault();
    },
    true,
  );
}
