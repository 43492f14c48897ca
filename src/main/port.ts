import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'
import { pause, stopwatch } from '#platform/clock/clock.ts'
import type { Config } from '#platform/config.ts'
import { StartupError } from '#platform/errors.ts'

/** Throws StartupError with one sentence when the server could not listen; said before anything is started. */
export async function assertPortFree(config: Config): Promise<void> {
  const probe = createServer()
  try {
    probe.listen(config.port, config.host)
    await once(probe, 'listening')
  } catch (cause) {
    throw listenError(config, cause as NodeJS.ErrnoException)
  } finally {
    probe.close()
  }
}

/** Says in one sentence why an address cannot be listened on. */
export function listenError(config: Config, cause: NodeJS.ErrnoException): StartupError {
  if (cause.code === 'EADDRINUSE')
    return new StartupError(`Port ${config.port} of ${config.host} is taken by another program; end it, or set VEDETTE_PORT to a free port.`, { cause })
  if (cause.code === 'EACCES')
    return new StartupError(`Port ${config.port} may not be opened by this account; set VEDETTE_PORT to a port above 1023.`, { cause })
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND')
    return new StartupError(`This machine has no address ${config.host}; set VEDETTE_HOST to one it has.`, { cause })
  return new StartupError(`The server cannot listen on ${config.host}, port ${config.port}: ${cause.message}.`, { cause })
}

/** Waits until /readyz answers 200. Throws StartupError after a minute, naming what is not ready. */
export async function untilReady(config: Config): Promise<void> {
  const elapsed = stopwatch()
  let last = 'it does not answer'
  while (elapsed() < 60_000) {
    const answer = await get(config, '/readyz').catch((error: Error) => ({ status: 0, body: error.message }))
    if (answer.status === 200) return
    last = answer.body
    await pause(100)
  }
  throw new StartupError(`The server is up but not ready after a minute: ${last}`)
}

function get(config: Config, path: string): Promise<{ status: number; body: string }> {
  const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host === '::' ? '::1' : config.host
  return new Promise((resolve, reject) => {
    // Our own server on this machine: its certificate names the public address, not this one.
    const request = config.tls ? httpsRequest : httpRequest
    const sent = request({ host, port: config.port, path, rejectUnauthorized: false, timeout: 5000 }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.end()
  })
}
