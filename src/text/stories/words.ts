// The words stories are made of: names, kinds, things, places, colours, feelings. In each list the likeliest comes first.

export const words = {
  girl: `Lily|Mia|Anna|Rosa|Ella|Nora|Zoe|Ruby|Ivy|Clara|Emma|Lucy|Sara|Daisy|Maya|Alice|Hazel|Amy|Tara|Nina|Jane|Leila|
    Eva|Molly|Priya|Sofia|Holly|Freya|Elsie|Wendy|Aisha|Greta|Mei|Olga|Paula|Bella|Kira|Dora|Fern|Yara`,
  boy: `Tom|Ben|Max|Sam|Leo|Jack|Tim|Finn|Noah|Oscar|Adam|Luke|Peter|Omar|Hugo|Dan|Nico|Toby|Eli|Felix|Ravi|Theo|Jonah|
    Kofi|Milo|Henry|Ali|Arthur|Robin|David|Ivan|Mateo|Jasper|Harry|Owen|Simon|Yusuf|Carl|Emil|Walter`,
  maleAnimal: `Pip|Rusty|Bramble|Dusty|Biscuit|Barley|Chip|Button|Thistle|Tumble|Hopper|Pepper|Bristle|Otto|Bruno|Nutmeg|
    Acorn|Scamper|Pickle|Waffle`,
  femaleAnimal: `Dot|Clover|Poppy|Tilly|Willow|Hattie|Snowdrop|Juniper|Pearl|Dewdrop|Maple|Minnie|Sorrel|Penny|Velvet|
    Ginger|Honey|Primrose|Dimple|Plum`,
  mother: 'Mum|Grandma|Aunt Rose|Mrs Bell|Granny Joan|Aunt Mabel|Mrs Finch',
  father: 'Dad|Grandpa|Uncle George|Mr Brown|Uncle Victor|Mr Potts|Grandad Joe',
  wiseFemale: 'Mother Hen|Old Goose|Grandmother Hare|Auntie Otter|Mother Deer',
  wiseMale: 'Old Owl|Grandfather Toad|Uncle Badger|Father Stork|Old Heron',
  relative: 'grandmother|grandfather|uncle|aunt|big sister|cousin|big brother|great-grandmother|godfather',
  girlWord: 'girl',
  boyWord: 'boy',

  'animal / home / food / cry': `fox / den / plums / yelped | rabbit / burrow / carrots / squeaked | bear / cave /
    honey / growled |
    mouse / hole / cheese / peeped | squirrel / hollow tree / hazelnuts / chattered | duck / nest of reeds /
    watercress / quacked |
    hedgehog / heap of leaves / mushrooms / snuffled | puppy / kennel / bones / barked | kitten / basket / cream /
    mewed |
    badger / tunnel / strawberries / grunted | frog / leafy nook / beetles / croaked | lamb / fold / sweet grass /
    bleated |
    pony / stable / apples / neighed | otter / hollow by the river / shrimps / whistled | goat / barn / cabbages /
    snorted |
    mole / long tunnel / turnips / mumbled | sparrow / nest / crumbs / chirped | raccoon / tree stump / pears /
    chuckled |
    donkey / stall / oats / brayed | turtle / corner by the creek / lettuce / hummed | beaver / lodge / willow twigs
    / hooted |
    pig / sty / pumpkins / squealed | calf / byre / buttercups / mooed`,
  trait: `kind|curious|cheerful|shy|brave|clever|gentle|stubborn|patient|lively|quiet|careful|friendly|dreamy|proud|playful|silly|
    thoughtful|bold|merry|restless|polite|helpful|messy|sleepy|serious`,

  settled: 'quiet|small|sunny|faraway|busy|windy|pretty|rainy|snowy|dusty|crooked',
  town: 'village|town|valley|harbour town|farm village|mountain village|city',
  nearby: `the sea|a river|the forest|a green hill|the mountains|a wide lake|the old mill|the railway|a waterfall|the
    marsh|the desert`,
  dwelling: `in a little house by the sea|in a flat above the bakery|on a farm|next to the school|in a tall, narrow
    house|
    in a cottage with a blue door|near the station|on a houseboat|at the top of a steep hill|in a noisy street|
    behind the fire station|in a house full of books`,
  bed: '{?kid:{bed|[a.his] warm bed|[a.his] bunk}|{bed|[a.his] [n.home]}}',
  daypart: `morning|day|afternoon|Saturday|sunny morning|evening|fine day|quiet afternoon|Sunday|misty morning|bright
    day|
    breezy afternoon|Monday|cool morning|Friday`,

  toy: `ball|kite|doll|teddy bear|drum|book|hat|toy boat|whistle|scarf|lantern|spinning top|puppet|music
    box|necklace|flute|
    bell|marble|toy train|mirror|ribbon|watch|feather|trumpet|compass|rag rabbit|seashell|crown|fan|wooden
    horse|medal|brooch|
    snow globe|spyglass`,
  tool: `spade|umbrella|bucket|basket|fishing net|paintbrush|hammer|frying pan|rake|broom|jug|saw|butterfly
    net|cup|teapot|sledge|
    watering can|ladle|wheelbarrow|suitcase`,
  colour: `red|blue|green|yellow|purple|white|golden|pink|orange|brown|silver|black|grey|striped|spotted|turquoise|scarlet|cream`,
  precious: 'shiny|old|strange|pretty|sparkling|heavy|lovely|beautiful|curious|smooth|mysterious|ancient',
  treat: `apple pie|chocolate cake|plum tart|gingerbread|cheese pie|blueberry muffins|honey cake|lemon pudding|cherry
    jam|
    pancakes|cinnamon buns|roast chestnuts|raspberry jelly|walnut bread|vanilla custard`,
  favourite: `{?kid:{soup|spaghetti|rice with beans|porridge|toast with butter|noodles|fried eggs|peas|tomato
    soup|dumplings|
    potato salad|corn on the cob|melon|yoghurt with berries|mashed potatoes}|[n.food]}`,
  hobby: `{?kid:{painting|singing|climbing trees|drawing dragons|reading about pirates|collecting
    stamps|dancing|building towers|
    making paper boats|looking at maps|feeding the birds|playing the piano|counting stars|telling jokes|inventing
    machines|
    skipping|doing magic tricks|learning long words|riding horses}|{collecting pebbles|watching the clouds|rolling
    down hills|
    chasing butterflies|splashing in puddles|telling riddles|singing to the moon|weaving baskets|picking flowers|
    listening to the crickets|sliding down the muddy bank|sniffing the breeze|digging holes}}`,

  spot: '{?kid:<indoors>|<outdoors>}',
  indoors: `under the bed|behind the sofa|in the wardrobe|on top of the cupboard|beneath the stairs|in the laundry
    basket|
    under a cushion|in the garden shed|behind the curtain|next to the piano|in the bathtub|under the kitchen table|
    on the windowsill|in the cellar|behind the bookcase|in the attic|under the doormat|in the garage|beside the
    fireplace|
    inside an old boot`,
  outdoors: `under a log|behind the waterfall|in a hollow trunk|beneath the rose bush|between two rocks|under a pile
    of hay|
    beside the stream|in the tall grass|at the foot of the oak|among the ferns|behind the beehive|in a patch of
    nettles|
    under the wooden bridge|on a mossy stone|inside an empty barrel|near the anthill|in the reeds|under the
    blackberry hedge|
    beside the scarecrow`,
  safePlace: `{?kid:{on a shelf|in a wooden box|under [a.his] pillow|in a drawer|in a velvet bag|in a glass jar}|{in
    a hole in a tree|under a flat stone|in a nest of moss|in a bag of leaves|on a high branch}}`,
  junk: `{?kid:{an old sock|a lot of dust|a sleepy spider|a broken pencil|half a biscuit|one slipper|a crumpled
    newspaper|two buttons|
    a dead fly|some string}|{a fat snail|a few wet leaves|a sleepy beetle|an empty shell|some dry twigs|a puddle|a
    cross wasp|
    a grumpy toad}}`,
  place: `{?kid:{the park|the beach|the market|the library|the playground|the zoo|the museum|the fair|the castle|
    the lighthouse|the theatre|the circus|the toy shop}|{the pond|the meadow|the orchard|the brook|the clearing|the
    vineyard|
    the cornfield|the sandy bank|the island|the ruined tower}}`,

  low: 'sad|unhappy|lonely|miserable|gloomy|upset|worried|awful|sorrowful|downhearted',
  glad: 'happy|glad|proud|delighted|pleased|cheerful|peaceful|lucky|joyful|content',
  softly: 'softly|quietly|gently|kindly|in a low voice|shyly|after a while|with a smile',
  bigTime: 'wonderful|perfect|long|lovely|marvellous|splendid|magical|glorious',
};
