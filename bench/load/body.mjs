/** Collects a body of known length. `push` says whether that was all. */
export class SizedBody {
  parts = [];

  constructor(bytes) {
    this.left = bytes;
  }

  push(bytes) {
    if (bytes.length > 0) this.parts.push(bytes);
    this.left -= bytes.length;
    return this.left <= 0;
  }
}

/** Collects a chunked body; what is inside the chunks goes to `onPart` as well. */
export class ChunkedBody {
  parts = [];
  line = "";
  left = 0;
  isLast = false;

  constructor(onPart) {
    this.onPart = onPart;
  }

  push(bytes) {
    let at = 0;
    while (at < bytes.length) {
      if (this.left > 0) at = this.takeData(bytes, at);
      else if (this.takeLine(bytes, at)) {
        at = this.at;
        const line = this.line;
        this.line = "";
        if (line === "" && this.isLast) return true;
        if (line === "") continue; // The end of a chunk's data.
        this.left = Number.parseInt(line, 16);
        this.isLast = this.left === 0;
      } else return false;
    }
    return false;
  }

  takeData(bytes, from) {
    const to = Math.min(bytes.length, from + this.left);
    const part = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
    this.left -= part.length;
    if (this.onPart) this.onPart(part);
    else this.parts.push(part);
    return to;
  }

  takeLine(bytes, from) {
    const end = bytes.indexOf(10, from);
    this.line += bytes.latin1Slice(from, end < 0 ? bytes.length : end).replace("\r", "");
    this.at = end + 1;
    return end >= 0;
  }
}
