import { browserSupportsWebAuthn } from '@simplewebauthn/browser'

/** Whether this browser, at this address, offers passkeys at all: they need https or localhost. */
export function passkeysOffered(): boolean {
  return browserSupportsWebAuthn()
}
