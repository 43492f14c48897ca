/** Pixels as red, green, blue and opacity, 8 bits each, line by line. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/**
 * The same picture at most `side` pixels wide and high, never larger than it is: each pixel is the average of the area that it covers,
 * colours weighted by their opacity, so that what is transparent lends no colour. Pure.
 */
export function shrink(picture: Pixels, side: number): Pixels {
  const scale = Math.max(picture.width, picture.height) / side
  if (scale <= 1) return picture
  const width = Math.max(1, Math.round(picture.width / scale))
  const height = Math.max(1, Math.round(picture.height / scale))
  const data = new Uint8Array(width * height * 4)
  const columns = spans(picture.width, width)
  spans(picture.height, height).forEach((lines, y) => {
    columns.forEach((across, x) => data.set(average(picture, lines, across), (y * width + x) * 4))
  })
  return { width, height, data }
}

/** Which pixels lie under each of `count`, and what part of each. */
type Span = readonly { readonly at: number; readonly weight: number }[]

function spans(length: number, count: number): Span[] {
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [(index * length) / count, ((index + 1) * length) / count]
    const covered = []
    for (let at = Math.floor(from); at < Math.min(length, Math.ceil(to)); at++) covered.push({ at, weight: Math.min(to, at + 1) - Math.max(from, at) })
    return covered
  })
}

function average({ width, data }: Pixels, lines: Span, columns: Span): [number, number, number, number] {
  let [red, green, blue, opacity, area] = [0, 0, 0, 0, 0]
  for (const line of lines) {
    for (const column of columns) {
      const at = (line.at * width + column.at) * 4
      const weight = line.weight * column.weight
      const opaque = weight * data[at + 3]!
      red += data[at]! * opaque
      green += data[at + 1]! * opaque
      blue += data[at + 2]! * opaque
      opacity += opaque
      area += weight
    }
  }
  if (opacity === 0) return [0, 0, 0, 0]
  return [Math.round(red / opacity), Math.round(green / opacity), Math.round(blue / opacity), Math.round(opacity / area)]
}
