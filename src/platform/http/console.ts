import { statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Problem } from '#platform/errors.ts'
import { accepts } from '#platform/http/accept.ts'
import { SENT } from '#platform/http/answer.ts'
import { route, type Route } from '#platform/http/route.ts'

/** Paths below these belong to interfaces: what they do not have is not found, and never the console. */
const INTERFACES = ['/api', '/taxii2', '/scim', '/metrics', '/healthz', '/readyz', '/.well-known']

const YEAR_MS = 365 * 24 * 60 * 60 * 1000

/** Lets replies send files of the built console, each whole, since none is large, and as the build compressed it where the client takes that; adds no route. */
export async function openConsole(server: FastifyInstance, dir: string): Promise<void> {
  await server.register(fastifyStatic, { root: dir, serve: false, dotfiles: 'deny', cacheControl: false, acceptRanges: false, preCompressed: true })
}

/**
 * The console: its files as they are, and its one page for every other path that a browser opens,
 * because the pages below it are drawn in the browser. A file in `assets/` is named by its content,
 * so it is kept for good; the page itself is asked for again each time.
 */
export function consoleRoute(dir: string): Route {
  return route({
    method: 'GET',
    url: '/*',
    summary: 'The console: its page and the files that belong to it.',
    tag: 'console',
    access: 'public',
    anonymous: true,
    // The pages read their own query.
    query: z.unknown(),
    response: z.any(),
    handle: async ({ request, reply }) => {
      sendConsole(dir, request, reply)
      return SENT
    },
  })
}

function sendConsole(dir: string, request: FastifyRequest, reply: FastifyReply): void {
  const path = pathOf(request)
  if (INTERFACES.some((start) => path === start || path.startsWith(`${start}/`))) throw new Problem('NOT_FOUND')
  if (path !== '/' && isFile(dir, path)) {
    const forGood = path.startsWith('/assets/')
    reply.header('cache-control', forGood ? `public, max-age=${YEAR_MS / 1000}, immutable` : 'no-cache')
    void reply.sendFile(path.slice(1))
    return
  }
  if (path.startsWith('/assets/') || !accepts(request.headers.accept, 'text/html')) throw new Problem('NOT_FOUND')
  reply.header('cache-control', 'no-cache')
  void reply.sendFile('index.html')
}

function pathOf(request: FastifyRequest): string {
  return normalize('/' + ((request.params as { '*': string })['*'] ?? ''))
}

/** Only a plain name without dot files; the sender checks the path again. */
function isFile(dir: string, path: string): boolean {
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path)) return false
  try {
    return statSync(join(dir, path)).isFile()
  } catch {
    // Not there, or a name that no file system takes.
    return false
  }
}
