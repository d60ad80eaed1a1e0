// Plots that happen out of doors: spoilt plans, rescues, errands, losing the way, something that grows.

export const outside = {
  weather: `
    For {days|a week}, [a] had {looked forward to|dreamed of} {Saturday|the holiday|this day}. [a] and <friend>
    {planned|were going} to {?kid:<plan=townPlan>|<plan=woodPlan>} [plan.place].
    {[a] had {packed|prepared} {everything|a bag} {the night before|with care}.|They had talked of nothing else.|"It
    will be <bigTime>," [a.he] {said|told everyone}.}
    {But just as [a] {opened the door|was ready}, <weather=badWeather>.|They had hardly {started|set out} when
    <weather=badWeather>.}
    {"Oh no!" {cried|said} [b].|"Our day is {ruined|spoilt}," {sighed|groaned} [a].|[a] {stamped [a.his] foot|kicked
    a stone} and <moped>.}
    {They waited and waited, but [weather.still].|"It will stop soon," said [b], but [weather.still].}
    ¶ Then {<grownUp>|[b]|[a]} <idea>. "{Who says that we need to be [plan.place]?|If we cannot {go|do it} there, let
    us stay here.|We can [plan] {inside|right here}!}"
    {So|In no time|And that was how} they [plan.instead]. {<friendlyNoise> {|All the while,
    [weather.sound].}|Outside, [weather.sound], but nobody {cared|minded}.}
    {"This is {even|much} better than being [plan.place]," said [b].|"I am {almost|} glad that [weather]," said
    [a].|By {evening|bedtime} they had {quite|completely} forgotten the weather.}
    {?g:{[g] brought <treat> {for everyone|}.|}}`,
  moped: 'moped|sulked|sighed|frowned',
  friendlyNoise: `They {laughed|sang|giggled} until their {tummies|cheeks} hurt.|The {room|place} was {full of|filled
    with} {laughter|songs}.`,
  'townPlan / place / instead': `have a picnic / in the park / spread a blanket on the floor and ate every sandwich |
    fly kites / on the hill / made tiny kites and chased them up and down the stairs |
    build a sandcastle / on the beach / built a castle out of pillows | play football / behind the school / played
    football in the corridor with a rolled up sock |
    look for shells / by the sea / hid dry beans all over the house and hunted for them | sail their boats / on the
    canal / filled the bathtub and launched the whole fleet |
    put up a tent / in the garden / hung a sheet over the table and crept inside with a torch | put on a play / in
    the square / put on a play for the cat and two chairs |
    look for treasure / on the island / turned the sofa into a ship, with a broom for a mast | ride the ponies / at
    the fair / galloped round the room on two mops`,
  'woodPlan / place / instead': `have a picnic / by the pond / laid leaves on the floor and ate every berry | slide
    down the slope / behind the quarry / slid across the floor on pieces of bark |
    gather flowers / in the meadow / painted flowers on all the walls with berry juice | dance in a ring / in the
    clearing / danced round and round the old table |
    swim races / in the lake / told tales of brave swimmers | play tag / under the pines / played shadow tag in the
    firelight | look for truffles / near the birches / played find the truffle with an old cork`,
  'badWeather / still / sound': `it {began|started} to rain / it only rained harder / the rain drummed on the roof |
    a storm {blew up|rolled in} / the storm grew wilder / the thunder grumbled | thick fog came down / the fog stayed
    as thick as {wool|soup} / the fog hid the whole world |
    it {began|started} to snow / the flakes kept falling / the snow piled up against the door | an icy wind
    {began|started} to blow / the wind did not drop / the wind howled in the chimney | hail {rattled|bounced} on the
    path / more dark clouds came / the hail clattered`,

  rescue: `
    {On the way {home|to <place>}|One <daypart>}, [a] heard a {faint|tiny|sad} {cry|sound|noise}. {[a.he] stopped {to
    listen|and listened}.|"What was that?" [a.he] {said|wondered}.|}
    {It came from|Someone was calling from} {close by|<lm=landmark>|behind a hedge}. There [a] {saw|found} a
    {little|young|} <v=victim>, [v.stuck].
    "{Help|Please help me}," {it seemed to say|said its {dark|frightened} eyes}. {"Do not be afraid," [a] said
    {|<softly>}.|"I will {get you out|help you}," {promised|said} [a].}
    {[a] {tried|pulled} {and {tried|pulled}|alone}, but [a.he] was {too small|not strong enough}.|The first try
    {failed|went wrong}.|} {Then|So} [a.he] {ran to {fetch|get}|called} <helper>{, who came {at once|in a hurry}|}.
    {Together|Carefully|Bit by bit} they {[v.freed]|worked until they had saved it: they [v.freed]}. {The [v] was
    {safe|free} {at last|}!|"Hurray!" {shouted|cheered} {everyone|[a]}.}
    {It was {shivering, so [a] {wrapped it in [a.his] {coat|shawl|blanket}|carried it to the fire}|hungry, so [a]
    gave it something to eat|thirsty, so [a] gave it a drink}.|}
    ¶ {{Weeks|A month|Some days} later, {[a] {lost [a.his] way|was caught} in {the dark|a snowstorm|the fog}|[a] fell
    into a deep {hole|ditch} {near <place>|}}. {Nobody heard [a.him] shout.|[a.he] was {cold and|} afraid.}
        {Suddenly|Then} {something {soft|warm} touched [a.his] {?kid:hand|paw}|a small shape {came|appeared}}. It was
        the [v]! {It had not forgotten.|It {showed [a.him] the way|led [a.him]} {home|to safety}.|It {ran|hurried} to
        bring help.} {"You {saved|rescued} me, as I saved you," said [a].|One good turn had {brought|earned} another.}
      |{The [v] looked back once and then {went home to its {mother|family}|disappeared {among the trees|into the
      distance}}.|The [v] {followed [a] {home|everywhere}|never forgot [a]}.} {Every {spring|year} it came back {to
      visit|}.|{Whenever|Each time} [a] passed {?lm:[lm]|that place}, [a.he] {remembered|thought of} the [v].}}`,
  helper: '<grownUp>|<friend>|[a.his] friend <friend>',
  'victim / stuck / freed': `goat kid / standing on a narrow ledge / lowered a rope and pulled it up | duckling /
    trapped in a drain / lifted the grating and scooped it out with a {ladle|bucket} | sparrowhawk / tangled in a net
    / cut the strings one by one |
    fawn / caught in a thorn bush / bent the thorns aside | tortoise / lying on its back / tipped it over with a
    {plank|pole} | piglet / up to its ears in mud / laid down a board and dragged it to dry land | owlet / fallen
    from its nest / carried it up a ladder in a hat |
    foal / stuck between two gates / greased the bars and eased it through | bumblebee / struggling in a spider's web
    / cut the sticky threads | seal pup / far from the water / rolled it down to the waves on a {sheet|sledge} |
    gosling / locked in a crate / prised the lid open`,

  errand: `
    "{|[a], }please go to {the shop|the market|town} and {bring|get} me <x1=goods>, <x2=goods> and <x3=goods>," said
    <grownUp>. {"Do not forget {anything|the last one}!"|"{Can|Will} you remember {all that|three things}?"|}
    {"[x1], [x2] and [x3]," {repeated|said} [a].|[a] {took|swung} {the|a} basket and {set off|skipped away}.}
    {"[x1], [x2], [x3]," [a.he] {sang|muttered|hummed} {with each step|all the way}.|}
    ¶ {On the way,|At the crossroads,|Halfway there,} {[a] {stopped|paused} to look at <distraction>|<friend> told
    [a] a {long|funny} {joke|story}|a {dog|cart|cloud of dust} {rushed|swept} past and [a] had to jump aside}.
    {When [a] got there,|At the counter,} {one thing had gone clean out of [a.his] head. [a.he] could think only of
    [x1] and [x2].|[a.he] could {think of only|only remember} two things: [x1] and [x2].} {"Was it <x4=goods>?" asked
    the {shopkeeper|woman}. "No," said [a].|"{And|What was} the third?" asked the {shopkeeper|old man}.|}
    {[a] closed [a.his] eyes and {said it all|started} again from the beginning. "[x1], [x2] and [x3]!" [a.he]
    {cried|shouted}.
      {With {everything|all of it} in the basket, [a] {ran|marched} home{, and nothing was missing|}.|"{Well
      remembered|Clever you}!" said [g] when the basket was {unpacked|emptied}.}
      |[a] {came|went} home with [x1] and [x2]. "What about [x3]?" asked [g]. "Oh!" said [a], and {ran|flew} {all the
      way|} back.
      {From then on [a] wrote {a list|everything down}{: [x1], [x2], [x3]|}.|"{Two out of three|Nearly right},"
      laughed [g], "and {twice the exercise|good for the legs}."}}
    {[g] gave [a] {a penny|the change} {for the {trouble|errand}|}.|}`,
  goods: `{a loaf of bread|six eggs|a bag of flour|some butter|a pound of sugar|a bottle of milk|a ball of
    string|three onions|a bar of soap|a box of matches|a sack of potatoes|two candles|a pinch of salt|some mustard|a
    bunch of parsley|a reel of thread|a jar of pickles|some raisins|a bag of rice|a lump of cheese|ten nails|a
    lettuce|four lemons|a packet of tea|a leek}`,

  lostWay: `
    One <daypart>, [a] {followed|chased} {a {butterfly|hare|red bird|firefly|dragonfly}|the sound of a
    {flute|bell|cuckoo}} {farther and farther|away from home}.
    [a.he] passed <l1=landmark>, then {went by|walked past} <l2=landmark>, {and {at last|finally} came to|and after
    that} <l3=landmark>. {There it {was gone|vanished}.|}
    {[a] looked {around|about}.|It was getting {late|dark}.} {Nothing looked {familiar|the same}.|{"Where am I?"
    [a.he] {whispered|wondered}.|[a] was lost!}}
    {[a.his] knees {shook|trembled}.|[a.he] wanted to cry{, but that would not help|}.|The wind {whispered|moaned} in
    the branches.}
    ¶ {Just then, {<friend> {came|walked} by. "Think backwards," said [b].|a {snail|lizard|crow} looked up. "Think
    backwards," it seemed to say.}|Then [a] remembered what <grownUp> always said: {"When you are lost, {think
    first|stay calm}."|"{Go back the way you came|Look for what you know}."}}
    "{What did I see?|Let me think!|Then I must start from the end!}" said [a]. "The last thing was [l3]. Before that
    came [l2], and {first of all|at the {very|} beginning} there was [l1]."
    So [a.he] {turned|went} back {from|past} [l3], {looked|searched} until [a.he] {found|saw} [l2], and
    {ran|hurried|marched} {on|} to [l1]. {From there it was {easy|not far}.|Beyond [l1] shone the {light|lamp} of
    home.}
    {{?g:[g]|[a.his] family} was {standing|waiting} at the {door|gate}. "{Where have you been?|You are safe!}"|Never
    had home {looked|seemed} so {sweet|welcome}.}`,

  garden: `
    <grownUp> gave [a] {a {handful|packet} of|three|ten} <seed=seed> seeds. {"What {will|do} they {become|turn
    into}?" asked [a]. "{Wait and see|Be patient}," said [g].|"{Plant|Sow} them {well|with care}," said [g].}
    [a] {dug|made} a {small|long} {hole|row} <where=patch> and {pushed|dropped} the seeds in. {[a.he] {watered|looked
    at} them {every day|each morning}.|Day after day [a.he] carried water.}
    {Nothing happened.|For {two|three} weeks there was only {mud|bare earth}.} {"They are {asleep|lazy},"
    {complained|said} [a].|[a] {even sang to them|almost gave up}.} {"{Give them time|Seeds cannot {read|tell} the
    clock}," said [g].|}
    ¶ {But one {morning|day},|Then, after a night of {warm|soft} rain,} {there was a {green|tiny}
    {shoot|tip}|something green {poked|peeped} out} [where]! {It {grew|climbed} and {grew|climbed}{|, higher than the
    fence|, taller than [a]}.|}
    {{Slugs|Crows|Caterpillars} {came to {nibble|feast}|tried to eat it}, but [a] {built a little fence|chased them
    off|hung up a shiny {spoon|tin}}.|A dry spell came, but [a] {fetched|carried} water {from the well|} {twice a
    day|}.}
    {In {August|September|the summer}|At {long|} last} there {grew|were} [seed.grown] [where]. {[a] {shouted|jumped}
    for joy.|{Neighbours|People} came to {admire|see} them.|}
    {[a] {picked|kept} {the finest one|one} for [g].|[g] {was|looked} {proud|amazed}.} "{All this from a few [seed]
    seeds|You were patient after all}!" {said [g]|[g] said}.
    {[a] saved some [seed] seeds for the {next|following} year.|}`,
  patch: `by the gate|under the kitchen window|beside the path|near the compost heap|in the sunniest corner|along the
    wall|behind the shed|in an old bathtub|next to the pump`,
  'seed / grown': `sunflower / {huge|giant} yellow sunflowers | pumpkin / {fat|great} orange pumpkins | bean / beans
    as long as {pencils|fingers} | carrot / sweet crunchy carrots | poppy / poppies as red as {fire|lipstick} |
    radish / round pink radishes |
    pea / plump green peas | tomato / juicy tomatoes | cornflower / cornflowers as blue as the sky | cabbage /
    cabbages {bigger|rounder} than a head | lavender / lavender bushes full of bees | cucumber / cool,
    {prickly|bumpy} cucumbers | beetroot / dark purple beetroots`,
};
