import { Option } from 'commander'

/** The option by which a command works on the demonstration's data. */
export function editionOption(): Option {
  return new Option('--edition <edition>', 'which data to work on when VEDETTE_DATA does not say').choices(['live', 'demo']).default('live')
}
