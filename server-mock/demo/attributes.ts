// What the demo's products are and where they lie: categories told from their names, the rest made up, the same at every start.
import type { CatalogueProduct } from '../products/catalogue'
import type { ProductAttributes, ProductPlace } from '../products/attributes'
import { createRandom, wholeBetween } from './random'

interface Category {
  readonly name: string
  /** Beginnings of words, in the languages of the catalogue, without accents. */
  readonly words: readonly string[]
  /** Made-up houses that deliver it. */
  readonly suppliers: readonly string[]
  /** Aisles of a large facility that hold it. */
  readonly aisles: readonly string[]
}

/** The first that fits is it: what is cold and what is sweet comes before what is in it. */
const CATEGORIES: readonly Category[] = [
  {
    name: 'Frozen',
    words: ['frozen', 'surgele', 'glace', 'glaces', 'sorbet', 'ice cream', 'eis', 'helado', 'gelato', 'popsicle'],
    suppliers: ['Polar Logistics', 'Winterholm Foods'],
    aisles: ['11', '12'],
  },
  {
    name: 'Baby food',
    words: ['baby', 'bebe', 'blediner', 'infant'],
    suppliers: ['Little Spoon Trading'],
    aisles: ['14'],
  },
  {
    name: 'Water and soft drinks',
    words: [
      'water', 'eau', 'wasser', 'agua', 'soda', 'cola', 'limonade', 'lemonade', 'energy', 'drink', 'beverage', 'juice',
      'jus', 'saft', 'zumo', 'nectar', 'sirop', 'syrup', 'smoothie', 'monster', 'pepsi',
    ],
    suppliers: ['Clearwell Drinks', 'Riverside Beverages'],
    aisles: ['08', '09'],
  },
  {
    name: 'Coffee and tea',
    words: ['coffee', 'cafe', 'kaffee', 'espresso', 'cappuccino', 'tea', 'thes', 'the vert', 'tee', 'infusion', 'chai', 'tisane'],
    suppliers: ['Harbour Roasters'],
    aisles: ['07'],
  },
  {
    name: 'Beer, wine and spirits',
    words: ['wine', 'vin rouge', 'vin blanc', 'beer', 'biere', 'bier', 'champagne', 'whisky', 'vodka', 'rhum', 'cidre', 'bourgogne', 'bordeaux'],
    suppliers: ['Old Cellar Imports'],
    aisles: ['10'],
  },
  {
    name: 'Chocolate and sweets',
    words: [
      'choc', 'cacao', 'cocoa', 'candy', 'bonbon', 'gummy', 'gummi', 'nougat', 'caramel', 'guimauve', 'reglisse',
      'marshmallow', 'lollipop', 'praline', 'truffe', 'mint', 'peppermint', 'sucette', 'confiserie', 'toffee',
    ],
    suppliers: ['Sweet Quarter', 'Brume Confectionery'],
    aisles: ['05', '06'],
  },
  {
    name: 'Biscuits and cakes',
    words: [
      'biscuit', 'cookie', 'cake', 'gateau', 'madeleine', 'tartelette', 'brownie', 'wafer', 'gaufre', 'muffin', 'keks',
      'galette', 'sable', 'speculoos', 'donut', 'croissant', 'brioche', 'pie', 'tarte', 'crepe',
    ],
    suppliers: ['Millstone Bakeries', 'Brume Confectionery'],
    aisles: ['06'],
  },
  {
    name: 'Dairy and eggs',
    words: [
      'milk', 'lait', 'milch', 'leche', 'cheese', 'fromage', 'kase', 'queso', 'yogurt', 'yoghurt', 'yaourt', 'joghurt',
      'creme', 'cream', 'butter', 'beurre', 'mozzarella', 'emmental', 'cheddar', 'parmigiano', 'gouda', 'camembert',
      'tomme', 'brie', 'comte', 'feta', 'skyr', 'quark', 'oeuf', 'egg', 'activia', 'whey', 'chevre',
    ],
    suppliers: ['Meadow Dairies', 'Alpenhof Produce'],
    aisles: ['01', '02'],
  },
  {
    name: 'Fish and seafood',
    words: ['saumon', 'salmon', 'thon', 'tuna', 'sardine', 'poisson', 'fish', 'crevette', 'shrimp', 'surimi', 'anchois', 'cabillaud', 'maquereau', 'lachs', 'truite', 'moule'],
    suppliers: ['North Quay Fisheries'],
    aisles: ['03'],
  },
  {
    name: 'Meat and sausages',
    words: [
      'poulet', 'chicken', 'jambon', 'ham', 'beef', 'boeuf', 'porc', 'pork', 'canard', 'duck', 'foie', 'rillette', 'saucis',
      'sausage', 'wurst', 'turkey', 'dinde', 'bacon', 'lardon', 'terrine', 'pate de', 'chorizo', 'salami', 'jerky', 'burger',
      'viande', 'meat', 'steak', 'agneau', 'veau', 'chipolata', 'merguez',
    ],
    suppliers: ['Castlegate Meats', 'Alpenhof Produce'],
    aisles: ['03', '04'],
  },
  {
    name: 'Snacks and nuts',
    words: [
      'chips', 'crisps', 'snack', 'popcorn', 'cracker', 'pretzel', 'nuts', 'peanut', 'almond', 'amande', 'noix', 'noisette',
      'cashew', 'pistach', 'tortilla', 'nacho', 'cacahu', 'seeds', 'graines', 'raisin', 'trail mix', 'bretzel',
    ],
    suppliers: ['Crackle & Sons', 'Sun Basin Trading'],
    aisles: ['13'],
  },
  {
    name: 'Breakfast and spreads',
    words: ['cereal', 'muesli', 'granola', 'honey', 'miel', 'confiture', 'jam', 'marmalade', 'flakes', 'oat', 'avoine', 'spread', 'tartiner', 'honig', 'barre'],
    suppliers: ['Sun Basin Trading', 'Millstone Bakeries'],
    aisles: ['07'],
  },
  {
    name: 'Bread and bakery',
    words: ['bread', 'pain', 'brot', 'baguette', 'toast', 'bun', 'bagel', 'rolls', 'wrap', 'biscotte', 'pita', 'naan'],
    suppliers: ['Millstone Bakeries'],
    aisles: ['04'],
  },
  {
    name: 'Ready meals and soups',
    words: [
      'soup', 'veloute', 'pizza', 'ravioli', 'lasagne', 'sandwich', 'salade', 'salad', 'nems', 'noodle', 'curry', 'quiche',
      'gratin', 'sushi', 'couscous', 'paella', 'risotto', 'empanada', 'hummus', 'houmous', 'dumpling', 'puree', 'meal',
    ],
    suppliers: ['Kitchen Nine', 'Winterholm Foods'],
    aisles: ['15'],
  },
  {
    name: 'Pasta, rice and pulses',
    words: [
      'pasta', 'pates', 'spaghetti', 'penne', 'fusilli', 'tagliatelle', 'macaroni', 'rice', 'riz', 'reis', 'lentil', 'beans',
      'haricot', 'quinoa', 'semoule', 'pois', 'farine', 'flour', 'boulgour', 'chickpea', 'farfalle', 'linguine', 'soja',
    ],
    suppliers: ['Sun Basin Trading', 'Granary West'],
    aisles: ['16', '17'],
  },
  {
    name: 'Sauces, oils and spices',
    words: [
      'sauce', 'salsa', 'ketchup', 'mayo', 'moutarde', 'mustard', 'vinaig', 'vinegar', 'dressing', 'huile', 'oil', 'olio',
      'seasoning', 'spice', 'epice', 'pepper', 'poivre', 'salt', 'sel', 'pesto', 'powder', 'herbes', 'garlic', 'ail', 'basilic',
      'sugar', 'sucre', 'piment', 'chili', 'paprika',
    ],
    suppliers: ['Granary West', 'Old Cellar Imports'],
    aisles: ['18'],
  },
  {
    name: 'Fruit and vegetables',
    words: [
      'fruit', 'pomme', 'apple', 'orange', 'citron', 'lemon', 'ananas', 'banan', 'mango', 'mangue', 'legume', 'tomat',
      'carotte', 'potato', 'corn', 'champignon', 'olive', 'poivron', 'oignon', 'onion', 'vegetable', 'pickle', 'cornichon',
      'compote', 'fraise', 'strawberry', 'framboise', 'cherry', 'cerise', 'peche', 'peach', 'berry', 'berries', 'gemuse', 'coco',
    ],
    suppliers: ['Greenfield Growers', 'Alpenhof Produce'],
    aisles: ['19'],
  },
]

const OTHER: Category = {
  name: 'Other groceries',
  words: [],
  suppliers: ['General Provisions', 'Granary West', 'Kitchen Nine'],
  aisles: ['20', '21', '22'],
}

/** Told from the name: tag, beginnings of words. */
const TOLD_TAGS: Readonly<Record<string, readonly string[]>> = {
  Organic: ['bio', 'organic', 'biologique', 'ecologic'],
  'Gluten-free': ['gluten free', 'gluten-free', 'sans gluten', 'glutenfrei'],
  Vegan: ['vegan', 'vegetal'],
}
/** Made up: tag, share of the products. */
const DRAWN_TAGS: Readonly<Record<string, number>> = { Promotion: 0.06, Seasonal: 0.05, 'New this month': 0.03, 'High theft': 0.04 }

/** Words of a name, between blanks, without accents: ` creme de noix `. */
function plainOf(name: string): string {
  const bare = name.toLowerCase().replaceAll('œ', 'oe').normalize('NFD').replaceAll(/\p{M}/gu, '')
  return ` ${bare.replaceAll(/[^\p{L}\p{N}-]+/gu, ' ').trim()} `
}

function categoryOf(name: string): Category {
  const plain = plainOf(name)
  return CATEGORIES.find(({ words }) => words.some((it) => plain.includes(` ${it}`))) ?? OTHER
}

/** What a catalogue says of itself wins over what is made up. */
export function attributesOf(seed: number, product: CatalogueProduct): ProductAttributes {
  const { productId, name } = product
  const random = createRandom(seed, `attributes/${productId}`)
  const category = categoryOf(name)
  const [main = '', second] = category.suppliers
  const suppliers = second === undefined || random() < 0.7 ? [main] : random() < 0.8 ? [second] : [main, second]
  const plain = plainOf(name)
  const told = Object.entries(TOLD_TAGS).flatMap(([tag, words]) => (words.some((it) => plain.includes(` ${it}`)) ? [tag] : []))
  const drawn = Object.entries(DRAWN_TAGS).flatMap(([tag, share]) => (random() < share ? [tag] : []))
  return { productId, category: category.name, suppliers, tags: [...told, ...drawn] }
}

const SIDES = ['A', 'B', 'C', 'D'] as const

/** `08-B-14`: aisle, shelf, bin. Neighbours of a category lie near each other, one in eight has a second place in reserve. */
export function placesOf(seed: number, facilityId: string, { productId, name }: CatalogueProduct): readonly ProductPlace[] {
  const random = createRandom(seed, `place/${facilityId}/${productId}`)
  const { aisles } = categoryOf(name)
  const aisle = aisles[wholeBetween(random, 0, aisles.length - 1)] ?? '01'
  const bin = `${aisle}-${SIDES[wholeBetween(random, 0, SIDES.length - 1)] ?? 'A'}-${String(wholeBetween(random, 1, 24)).padStart(2, '0')}`
  const reserve = { productId, aisle: 'Reserve', bin: `R-${String(wholeBetween(random, 1, 60)).padStart(2, '0')}` }
  return [{ productId, aisle, bin }, ...(random() < 0.125 ? [reserve] : [])]
}
