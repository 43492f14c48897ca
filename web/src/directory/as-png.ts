import { ApiProblem } from '../api/problem.ts'
import { MAX_LOGO_BYTES } from './limits.ts'

/** Longest side of a logo as it is kept: more need not be sent. */
const SIDE = 512

/**
 * A picture as a PNG that the server takes: one that is PNG and small enough as it is, any other that this browser can show drawn anew.
 * Throws ApiProblem for what is no such picture. SVG is none: it is a program.
 */
export async function asPng(file: File): Promise<File> {
  if (/svg/i.test(file.type) || /\.svgz?$/i.test(file.name)) throw refused('SVG is refused; export the logo as PNG first.')
  const picture = await createImageBitmap(file).catch(() => {
    throw refused('This browser cannot read it as a picture. PNG, JPEG and WebP are accepted.')
  })
  try {
    const fits = Math.max(picture.width, picture.height) <= 2048 && file.size <= MAX_LOGO_BYTES
    if (file.type === 'image/png' && fits) return file
    return await drawn(picture, file.name)
  } finally {
    picture.close()
  }
}

async function drawn(picture: ImageBitmap, name: string): Promise<File> {
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const context = canvas.getContext('2d')
  if (!context) throw refused('This browser cannot draw it.')
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!blob) throw refused('This browser cannot draw it.')
  return new File([blob], `${name.replace(/\.[^.]*$/, '')}.png`, { type: 'image/png' })
}

function refused(detail: string): ApiProblem {
  return new ApiProblem({ code: 'VALIDATION_FAILED', status: 400, title: 'The logo is not accepted', detail })
}
