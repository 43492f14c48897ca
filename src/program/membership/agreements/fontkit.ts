import { createRequire } from 'node:module'
import type fontkit from '@pdf-lib/fontkit'

/**
 * The font reader, loaded once. Its classes inherit by assigning `__proto__` while the module is evaluated, which this program's Node
 * does not have (`--disable-proto=delete` in bin/vedette); without it every script but the simplest fails to be set. So the accessor
 * is there for that one synchronous evaluation, in which nothing else runs, and is gone afterwards.
 */
export function loadFontkit(): typeof fontkit {
  loaded ??= withProto(() => createRequire(import.meta.url)('@pdf-lib/fontkit') as typeof fontkit)
  return loaded
}

let loaded: typeof fontkit | undefined

function withProto<T>(evaluate: () => T): T {
  if (Object.hasOwn(Object.prototype, '__proto__')) return evaluate()
  // eslint-disable-next-line no-extend-native
  Object.defineProperty(Object.prototype, '__proto__', {
    configurable: true,
    get(this: object) {
      return Object.getPrototypeOf(this) as unknown
    },
    set(this: object, prototype: object) {
      Object.setPrototypeOf(this, prototype)
    },
  })
  try {
    return evaluate()
  } finally {
    Reflect.deleteProperty(Object.prototype, '__proto__')
  }
}
