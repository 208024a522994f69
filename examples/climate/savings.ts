import { readFileSync } from 'node:fs'

/** Share of net output invested, by period, from savings-rates.csv: the path that maximises welfare in the base. */
export const savingsRates: readonly number[] = readFileSync(new URL('savings-rates.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => Number(line.split(',')[2]))
