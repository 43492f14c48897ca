import { readCursorHeaders } from '#scanner/formats/ani.ts'
import { readBitmapOverrun } from '#scanner/formats/bmp-rle.ts'
import { readEmf } from '#scanner/formats/emf.ts'
import { readMovie } from '#scanner/formats/flash/movie.ts'
import { findMovies } from '#scanner/formats/flash/movie-state.ts'
import { readShortSegment } from '#scanner/formats/jpeg.ts'
import { drawingGroup, readOfficePictures } from '#scanner/formats/office-art.ts'
import { readPng } from '#scanner/formats/png.ts'
import { readOversizedPairs } from '#scanner/formats/tiff-pairs.ts'
import { readJpegStrips } from '#scanner/formats/tiff-strips.ts'
import { readTiff } from '#scanner/formats/tiff.ts'
import { readWmf } from '#scanner/formats/wmf.ts'
import { writePng } from '#scanner/detonation/pictures/write-png.ts'
import { buildSwf, drmScript, flashState, movieData, movieFont, sceneList, script } from '#test/harness/documents/flash.ts'
import { blip, drawingRecords } from '#test/harness/documents/office-art.ts'
import { moves, rleBitmap, tiffOf } from '#test/harness/documents/pdf-scripts.ts'
import { buildCursor, buildEmf, buildTiff, buildWmf, escapeRecord, jpegTiff, jpegWith, pngOf } from '#test/harness/documents/pictures.ts'
import { outcome, whole, type Target } from '../target.ts'

export const PICTURES: readonly Target[] = [
  { name: 'formats/ani.ts', read: readCursorHeaders, seeds: () => [buildCursor([36, 80])] },
  {
    name: 'formats/bmp-rle.ts',
    read: readBitmapOverrun,
    seeds: () => [rleBitmap(moves(40, 255)), rleBitmap(Buffer.from('050103000a0b0c00000200ff00000001', 'hex'))],
  },
  {
    name: 'formats/tiff-pairs.ts',
    read: readOversizedPairs,
    seeds: () => [
      tiffOf([
        [0x150, 0xcc, 2],
        [0x117, 2, 40],
      ]),
    ],
  },
  {
    name: 'formats/tiff.ts',
    read: (bytes, budget) => {
      const tiff = readTiff(bytes, budget)
      return tiff && tiff.directories.map((directory) => [directory, directory.entries.map((entry) => tiff.first(entry))])
    },
    seeds: () => [
      buildTiff([
        [0x100, 3, [1]],
        [0x117, 4, [1, 2, 3]],
      ]),
      buildTiff(
        [
          [0x100, 3, [1]],
          [0x117, 3, [1, 2, 3]],
        ],
        true,
      ),
    ],
  },
  { name: 'formats/tiff-strips.ts', read: readJpegStrips, seeds: () => [jpegTiff([0xffff_fff0, 0x20], 0x40), jpegTiff([8, 8], 16, { big: true })] },
  {
    name: 'formats/png.ts',
    read: readPng,
    seeds: () => [
      writePng(3, 2, Buffer.alloc(18, 7)),
      pngOf(3, 4, 2, [0x1b, 0xe4], { palette: [255, 0, 0, 0, 0, 255] }),
      pngOf(6, 8, 1, [1, 2, 3, 4], { filter: 4 }),
    ],
  },
  { name: 'formats/jpeg.ts', read: readShortSegment, seeds: () => [jpegWith(0xfe, 1), jpegWith(0xe1, 20)] },
  { name: 'formats/wmf.ts', read: readWmf, seeds: () => [buildWmf([escapeRecord(9, Buffer.from('inert')), escapeRecord(0x1014, Buffer.from('%!PS'))])] },
  { name: 'formats/emf.ts', read: readEmf, seeds: () => [buildEmf('eps', Buffer.from('%!PS inert')), buildEmf('wmf', buildWmf([]))] },
  {
    name: 'formats/office-art.ts',
    read: (bytes, budget) => [whole(readOfficePictures(bytes, budget)), outcome(() => drawingGroup(bytes, budget))],
    seeds: () => [Buffer.concat([blip('wmf', buildWmf([])), blip('jpeg', jpegWith(0xfe, 1), { ids: 2 })]), drawingRecords(blip('wmf', buildWmf([])), 60)],
  },
  {
    name: 'formats/flash/movie.ts',
    read: readMovie,
    seeds: () => [
      buildSwf([sceneList(3), movieFont(0x1000_0001), movieData(Buffer.from('FWS inert')), drmScript({ drops: true, connects: 2 })], false),
      buildSwf([script({ names: ['RegExp', 'loadBytes'], texts: ['(?i)()()(?-i)||||||||||||||||||||||'] })]),
    ],
  },
  { name: 'formats/flash/movie-state.ts', read: (bytes) => findMovies(bytes), seeds: () => [flashState(buildSwf([sceneList(3)]))] },
]
