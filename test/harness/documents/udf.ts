const SECTOR = 2048

/** An image of UDF (ECMA-167) with one file in its root, whose bytes stand in its entry; the anchor is the last sector. */
export function buildUdf(name: string, bytes: Buffer): Buffer {
  const image = Buffer.alloc(24 * SECTOR)
  const at = (sector: number, tag: number, ...fields: readonly (readonly [offset: number, value: number])[]) => {
    image.writeUInt16LE(tag, sector * SECTOR)
    for (const [offset, value] of fields) image.writeUInt32LE(value, sector * SECTOR + offset)
  }
  image.write('BEA01', 16 * SECTOR + 1, 'latin1')
  image.write('NSR02', 17 * SECTOR + 1, 'latin1')
  at(18, 5, [188, 0])
  at(19, 6, [212, SECTOR], [252, 20], [268, 1])
  Buffer.from([1, 6]).copy(image, 19 * SECTOR + 440)
  at(20, 256, [404, 21])
  const label = Buffer.concat([Buffer.from([8]), Buffer.from(name, 'latin1')])
  const listed = Buffer.alloc(38)
  listed.writeUInt16LE(257, 0)
  listed[19] = label.length
  listed.writeUInt32LE(22, 24)
  entry(21, 4, Buffer.concat([listed, label, Buffer.alloc((4 - ((38 + label.length) % 4)) % 4)]))
  entry(22, 5, bytes)
  at(23, 2, [16, 2 * SECTOR], [20, 18])
  return image

  function entry(sector: number, type: number, data: Buffer): void {
    at(sector, 261, [56, data.length], [172, data.length])
    image[sector * SECTOR + 27] = type
    image[sector * SECTOR + 34] = 3
    data.copy(image, sector * SECTOR + 176)
  }
}
