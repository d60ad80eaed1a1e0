// Plots in which someone grows: learns a skill, meets a fear, bakes, or wishes for too much.

export const growing = {
  skill: `
    [a] wanted to learn {how|} to {?kid:<sk=townSkill>|<sk=woodSkill>}. {[a.his] friend|} <friend> could {already|}
    do it {well|easily|}, and so could {nearly|almost} everyone {else|}.
    {One <daypart>, [a] tried|The first time, [a] tried|[a] tried all by [a.himself]}, but [a.he] [sk.trouble].
    {Everyone laughed.|It was {no use|not a success}.|"{Bother|Oh dear}!" said [a].}
    {[a.he] tried {again|a second time} and [sk.trouble] {again|once more}.|The second try {was|went} no better.|}
    {"I {will never|cannot} [sk]," {said|sighed|moaned} [a].|"It is too {hard|difficult}," [a.he] {said|grumbled}.}
    ¶ "{I could not do it at first, either|Nobody can do it at first|Do not give up}," said {[b]|<grownUp>}.
    "{Listen|Here is {the|a} {secret|trick}}: [sk.tip]."
    {"[sk.tip]," {repeated|whispered} [a].|[a] {nodded|took a deep breath}.} {Every {day|morning|evening}|All
    {week|month}|After {school|breakfast}} [a.he] practised {|, rain or shine|, even when it was cold}. {[sk.tip],
    [a.he] told [a.himself].|Slowly it {got|became} easier.|Some days were {bad|worse}, {and|but} some were better.}
    {Then, one <daypart>,|And {finally|at last}} [a] [sk.success]! {"{Look|Look at me|I did it}!" {shouted|cried}
    [a].|[a] could {hardly|scarcely} believe it.}
    {[b] {clapped|cheered|threw [b.his] hat into the air}.|{?g:"I {knew|was sure} that you could," said [g].|Even the
    {birds|neighbours|ants} seemed to cheer.}} {{Now|These days} [a] {teaches|shows} others {how|} to [sk].|}`,
  'townSkill / trouble / tip / success': `ride a bicycle / fell into the hedge / look straight ahead / rode all the
    way to the {gate|bakery} | swim / swallowed a lot of water / kick your legs like a frog / swam right across the
    pool | whistle / made nothing but a hiss / make your mouth small and round / whistled a whole tune |
    skate / sat down hard on the ice / bend your knees / glided around the pond | juggle / dropped everything / start
    with only two balls / kept three balls in the air | play the violin / made the dog howl / move the bow slowly /
    played a {sweet|merry} song from start to finish |
    read / mixed up all the letters / sound out one letter at a time / read a whole page aloud | climb a rope / slid
    back down / hold on with your feet / climbed to the very top | row a boat / went round in circles / pull with
    both oars together / rowed to the {other side|island} and back |
    knit / tied [a.himself] up in the wool / count your stitches / knitted a scarf {with tassels|} | do a cartwheel /
    landed in the flower bed / keep your arms straight / turned three cartwheels in a row | bake bread / burnt the
    crust / watch the oven, not the clock / took a {golden|perfect} loaf from the oven | tie a bow / made a terrible
    knot / make two loops like rabbit ears / tied both shoes`,
  'woodSkill / trouble / tip / success': `swim / sank like a stone / paddle and breathe / swam right across the
    {pond|bay} | jump over the brook / landed in the middle with a splash / look at the far side, not at the water /
    flew over the brook with room to spare | climb the tall pine / slipped and hung by one foot / never look down /
    sat on the highest branch |
    crack a nut / hit [a.his] own toe / find the seam of the shell / cracked a whole heap of nuts | sing in tune /
    scared the birds away / listen first, then sing / sang so {sweetly|well} that the nightingale bowed | stand on
    one leg / toppled over / stare at something that does not move / stood as still as a {stork|post} |
    build a raft / watched the logs float away / tie every knot twice / sailed down the stream on a {fine|sturdy}
    raft | find {truffles|wild honey} / came home with only thorns / follow your nose / came home with a full sack |
    walk on ice / spun around and around / take very small steps / walked from shore to shore | catch a falling leaf
    / grabbed nothing but air / wait until it comes to you / caught nine leaves in a row`,

  fear: `
    {There was one thing that [a] feared:|Only one thing {frightened|scared} [a]:|[a] was {afraid|scared} of
    {almost|} nothing except} <fear=terror>. {[a.he] {never told anyone|was ashamed of it}.|The others {teased
    [a.him] about it|did not understand}.|{Even the {word|thought} made [a.him] {shiver|tremble}.|}}
    {One <daypart>,|One night,} [fear.comes]. {[a] {hid|crouched} <s=spot>.|[a] {pulled a blanket over [a.his]
    head|put [a.his] hands over [a.his] ears}.} [a.his] heart {beat|thumped} like a {drum|hammer}.
    {But then [a] {heard|noticed} {a {small|thin} voice|someone {crying|sobbing}}. It was <friend>, {all alone|who
    was even more afraid}.|"{Will you come with me?|I need your help!}" {called|said} [a.his] friend <friend>. "I {am
    afraid to go|cannot do it} alone."}
    {"I am afraid {too|of [fear] too}," {said|admitted} [a].|[a] {swallowed hard|stood on trembling legs}.}
    {"{But|Still,} {two|we} are {braver|stronger} than one."|But a friend {is|was} a friend.} {?s:So [a] came out
    from [a.his] place [s].|So [a] {took|held} [b.his] {hand|arm}.}
    ¶ {<grownUp> once told [a] what to do: {count to ten|breathe {in and out|slowly}|sing a song}. So they
    did.|{They|Together they} {counted to ten|sang {|a song} {softly|}|held on tight}.} {One step, {and|then}
    another.|Slowly, they {opened their eyes|looked}.}
    {And what did they {find|see}?|Then [a] saw it:} [fear.truth]! {"Is that all?" {laughed|said} [a].|[b]
    {began|started} to {laugh|giggle}.}
    {After that,|From then on,} [a] was {much|} less afraid of [fear]. {"{Hello again|Good evening}," [a.he] would
    say to it.|{When somebody|If anyone} was frightened, [a] {would|liked to} {tell|explain} {about it|the story}.|}`,
  'terror / comes / truth': `the dark / {the lamp went out|the candle blew out} / a thousand stars, which only show
    themselves in the dark | thunder / {black clouds gathered|lightning flashed} / nothing but clouds that bumped
    together like {clumsy|fat} sheep |
    the {big|huge} dog next door / the {gate|chain} {was open|broke} and the dog {came bounding|ran} out / a lonely
    dog that wanted someone to throw a stick | spiders / a {hairy|long-legged} spider {came down|dangled} from the
    ceiling / a spider no bigger than a pea, spinning silver lace |
    deep water / the {ball|hat} {fell|rolled} into the lake / sunlight dancing on the sand, only {waist|chest} deep |
    the cellar / {there was a knock in the cellar|something {moved|rattled} in the cellar} / a lost kitten in an
    empty flowerpot | ghosts / something white {waved|moved} {outside|in the garden} / a nightshirt on the washing
    line |
    high places / the {only|short} path led {over|across} a {swaying|high} bridge / the whole {valley|country} spread
    out like a {map|quilt} | the forest / {the path went into|they had to cross} the forest {alone|at dusk} /
    glow-worms, a shy deer, and a carpet of {bluebells|violets} | strange noises / there was a {scratch|tap} at the
    {window|door} / a branch, waving in the wind`,

  baking: `
    <grownUp> and [a] {wanted|decided} to {bake|make} a <cake=cake> for {the fair|<friend>|the {school|spring}
    feast|a sick neighbour}. {They {tied on their aprons|washed their {?kid:hands|paws}} and {opened|read} the {old|}
    {recipe|cookbook}.|[a] {tied on|wore} a {checked|spotless|floury} apron.}
    {They {had|found} {flour|sugar} and {eggs|butter}, but|Everything was {on the table|ready}, only} {there was no
    <ing=ingredient>|the <ing=ingredient> was {gone|used up}}. {"No [ing], no [cake]," said [g].|"What {now|shall we
    do}?" asked [a].}
    {So|At once} [a] {ran|went} {next door|across the road} to {ask|see} <neigh=neighbour>. "{Have you any|May I have
    {a little|some}} [ing]{, please|}?" {"{Certainly|Gladly}," said [neigh], "if you {|first} <deed=deed>."|"{I have
    plenty|Take what you need}," said [neigh]{, and filled a {cup|jug|saucer}|}.}
    {?deed:[a] did {it|the job} {well|gladly} and {carried|brought} the [ing] {home|back}.|[a] {thanked [neigh]|said
    thank you} and {hurried|walked} {home|back}.}
    ¶ {[a] {stirred|mixed} and {stirred|mixed}.|{[g] cracked the eggs|[g] beat the cream}, and [a] {stirred|licked
    the spoon}.} {{Soon|In the oven} it {rose|puffed up} and turned {golden|brown}.|A {delicious|heavenly} smell
    filled the {house|air}.}
    {But|Then} {|, oh dear,} {[a] mixed in salt instead of sugar! They had to {start|begin} again{, laughing|}.|a
    corner {burnt|turned black}, so they {cut|sliced} it off{ and fed it to the {birds|fish}|}.}
    {At last|Finally} the [cake] was {done|ready}. {The first {slice|piece} went to [neigh]{, who had given the
    [ing]|}.|"Without [neigh] there would be no [cake]," said [g].}`,
  cake: `birthday cake|carrot cake|nut cake|banana loaf|sponge cake|cherry pie|rhubarb tart|poppy seed
    roll|cheesecake|ginger loaf|lemon tart|fruit loaf`,
  ingredient: `cinnamon|milk|honey|yeast|vanilla|nutmeg|cream|ginger|almonds|lemon juice|cocoa|baking
    powder|oil|salt`,
  neighbour: `Mr Green|Mrs Lamb|old Mr Fisher|Mrs Stone|Captain Drake|the blacksmith|the schoolmistress|Miss
    Parker|the shepherd|Doctor Reed|the organist`,
  deed: `feed my hens|wind up this wool|find my glasses|chop some wood|hold the ladder|sweep my steps|water my
    roses|catch my parrot|thread this needle|carry in the coal|polish the brass knocker`,

  wish: `
    One <daypart>, [a] {found|picked up|tripped over} an old <vessel=vessel> <where=wildPlace>. {When|As soon as}
    [a.he] {rubbed|wiped|shook} it, there was a {bang|flash|pop}, and out came a {puff|cloud} of <c=colour> smoke and
    a {tiny|sleepy} <spirit=spirit>.
    "{I grant|You may have} one wish," said the [spirit]{, and yawned|}. {"{Think|Choose} well!"|"Only one, {mind
    you|and no more}."|} {[a] did not think {for long|at all}.|"That is easy," said [a].} "I wish <w=wishFor>!"
    {The [spirit] {snapped its fingers|clapped twice|nodded}.|The [c] smoke {swirled|spun} around.} {|In {a
    moment|the blink of an eye}} [w.came].
    ¶ {At first it was {wonderful|great fun}.|[a] {laughed|danced} with {joy|delight}.} But {soon|before long}
    [w.trouble]. {{Even|} <friend> {did not know what to do|could not help}.|"{What have I done?|This is terrible!}"
    [a.he] {groaned|moaned}.|}
    [a] ran back to the place [where] and {rubbed|shook} the [vessel] {again|until [a.his] {hands|arms} hurt}. {Out
    came the [c] smoke.|The [spirit] {looked|peered} out.} "{Please|I beg you}, {take|I want to take} it back," said
    [a]. {"I wished [w], and it was {foolish|a mistake}."|}
    {"{Most people|They all} say that {sooner or later|in the end}," said the [spirit]{, not unkindly|}.|"Hmm," said
    the [spirit]. "{Very well|As you like}."} {{Snap!|Bang!} Everything was {just|} as it had been{ before|}.|And the
    [c] smoke {carried the wish away|took it all back}.}
    {[a] put the [vessel] back {where it had been|[where]}{, for someone else|}.|{"I have {enough|all I need},"
    [a.he] {said|decided}.|}}`,
  vessel: 'lamp|bottle|teapot|jar|kettle|pot|box|horn|snuffbox',
  spirit: 'fairy|genie|wizard|gnome|elf|imp|goblin|dwarf',
  'wishFor / came / trouble': `that I were as tall as a tree / [a] grew and grew until [a.his] head was among the
    treetops / [a.he] could not fit through any door | that I could fly / [a.his] feet left the ground / the wind
    blew [a.him] this way and that, and [a.he] could not come down |
    that nobody could see me / [a] was invisible / nobody talked to [a.him] or {waited|made room} for [a.him] | that
    it would never rain again / the last cloud melted away / the {flowers|fields} withered and the {stream|well} ran
    dry |
    for a mountain of sweets / sweets {fell|poured} from the sky / [a.his] stomach ached and [a.his] teeth hurt |
    that it were always {holiday|Sunday} / every clock in town stopped / the shops stayed shut and there was no fresh
    bread |
    for all the gold in the world / {coins|gold coins} filled the room / [a.he] could not find [a.his] {bed|shoes}
    under all that gold | that I could talk to stones / all the stones began to speak / they never stopped grumbling
    | that I never had to sleep / [a] was wide awake / the nights were long and everyone else was asleep`,
};
