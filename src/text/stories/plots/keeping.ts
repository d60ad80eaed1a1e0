// Plots about keeping: things lost, borrowed, hidden, promised, and taken.

export const keeping = {
  lostToy: `
    [a] had a <c=colour> <t=toy> {|that {[a.his] <relative> had made|an old sailor had given [a.him]|used to belong
    to [a.his] <relative>}}.
    {It was [a.his] favourite thing in the {whole|wide} world.|[a.he] {took|carried} it {everywhere|wherever [a.he]
    went}.|[a.he] kept it <keep=safePlace>.|}
    One <daypart>, {the [t] was {gone|missing|nowhere to be seen}|[a] {looked|reached} for the [t], but it {was
    gone|was not there|had vanished}}.
    [a.he] {looked|searched|peeked} <s1=spot>{, but {it was not there|found only <junk>}| and found <junk>}.
    {Then [a.he] {looked|tried} <s2=spot>. {Nothing!|It was not there either.|No [t]!}|} <weepBit>
    ¶ {Just then,|Before long,|A little later,|Soon} {[a.his] friend|} <friend> {came by|walked past|stopped to say
    hello}. <whatIsWrong>
    "{I have lost|I cannot find|Somebody has taken} my [c] [t]," said [a].
    {"{Wait!|Hmm.|Oh!} I saw something [c] <s3=spot> {this morning|yesterday}," said [b].
      |"Did you {leave it|put it down} <s3=spot>{|, perhaps}?" [b] asked. {"Yes!" {cried|shouted} [a].|[a] nodded
      {|slowly}.}
      |"A {naughty|cheeky} <thief=thief> ran off with it," said [b]. "{It likes to|I saw it} hide <s3=spot>."}
    {They {ran|hurried|went} to look {together|at once|}.|Together they {raced|crept} to the place.}
    {Sure enough,|And there,} [s3], {lay|was} the [c] [t]{, {covered in dust|a bit wet|as good as new|safe and
    sound}|}!
    {?thief:{Beside it {sat|slept} the [thief]{, looking {guilty|sorry|surprised}|}.|}} <thanksB>
    {?keep:{After that, the [t] {always stayed|was always} [keep].|}}`,
  thief: 'magpie|monkey|goat|kitten|parrot|jackdaw|ferret|weasel|seagull',

  borrowed: `
    One <daypart>, [a] needed a <t=tool>. {[a.his] friend|[a.his] neighbour} <friend> had a <c=colour> one. "May I
    borrow your [t]?" asked [a].
    "{Yes|Of course}, but {please|do} be careful with it," said [b]. "It {belonged to|came from|was a present from}
    my <rel=relative>."
    {[a] promised.|[a] {said|agreed} that [a.he] would.|"I will," said [a].}
    ¶ {At first|For a while|All morning} everything went well. {Then|But suddenly} [a] {tripped over <obstacle>|was
    careless|slipped on <slippery>|began to hurry}, and the [t] <harm=harm>.
    {"Oh no!" [a.he] {cried|gasped}.|[a] stared at it in {horror|dismay}.|[a.his] heart sank.}
    {"I could {hide it <hide=spot>|say that the wind did it}," [a.he] thought{|, but that {would be a lie|did not
    feel right}}.|}
    {{Still,|In the end} [a.he] went {straight|} to [b] {and told the truth|and told [b] everything}.|With {shaking
    knees|red cheeks|slow steps}, [a.he] went to [b].}
    "I am {so|very} sorry," said [a]. "I {know|remember} that the [t] came from your [rel]{, and I was not careful|}."
    {[b] was {quiet|silent} for a {moment|while}.|[b] looked {sad|at the [t]}.} "Thank you for {being honest|telling
    me}," [b.he] said.
    {"We can put this right {together|}."|"Let us see what we can do."} So they [harm.mend]. {It looked a little
    {odd|funny}, but it {worked|was strong}.|Soon the [c] [t] was almost like new.|}
    {The next time [a] borrowed something, [a.he] held it with {both hands|great care}.|}`,
  obstacle: 'a stone|a root|the doorstep|a sleeping cat|a bump|a rope|a loose brick',
  slippery: 'the ice|some mud|a wet leaf|a banana skin|the moss',
  'harm / mend': `broke in two / {glued|nailed} the pieces together | cracked / filled the crack with {wax|glue|clay}
    | was bent / hammered it straight |
    rolled into {the river|a well|a ditch} / pulled it out with a {long|forked} stick | got a deep scratch / painted
    a {flower|star|zigzag} over the scratch |
    lost its handle / carved a new handle {out of oak|from a branch} | was squashed flat / pushed and pulled until
    the dents were gone`,

  promise: `
    "Will you {?kid:<pr=homeTask>|<pr=woodTask>} while I am {away|out}, [a]?" asked <grownUp> one <daypart>.
    {"I promise," said [a].|[a] {nodded|put a hand on [a.his] heart}. "I promise to [pr]," [a.he] said.|"You can
    count on me!" [a] answered.}
    ¶ But {then|as soon as [g] had left,|a little later} {<friend> {came along|knocked}, and the two of them played
    <game=game>|[a] {started|began} to play <game=game>|[a] found <distraction> and could not look away}.
    {Hour after hour went by.|Time flew.|The {sun|shadows} moved across the {floor|grass}.} {The promise was
    {forgotten|far away}.|[a] forgot {all about it|everything else}.}
    {When [g] came home,|In the evening,|When the clock struck {five|six},} [pr.broken].
    {"You promised to [pr]," said [g] {|sadly}.|"Did you [pr]?" asked [g].|"A promise is like an egg," said [g]. "It
    is easy to break."}
    {[a] {turned red|looked at the floor|hung [a.his] head}.|[a] felt {awful|ashamed|small}.}
    "I am sorry," [a.he] {said|whispered}. {?game:"I was playing [game] and I forgot."|"I did not mean to forget."}
    {Then|At once} [a.he] [pr.mend].
    ¶ The next {day|time}, [g] asked [a] to [pr] again. {This time [a] {did it|kept [a.his] word} {first|at
    once|before anything else}.|{?game:Nobody played [game] until it was done.|[a] did it right away.}}
    {[g] was {proud|pleased}.|"Now I know that I can trust you," said [g].|"Well done," said [g].}`,
  'homeTask / broken / mend': `feed the goldfish / the goldfish had eaten nothing all day / dropped a pinch of food
    into the bowl |
    water the beans / the beans were drooping in the heat / fetched the watering can |
    shut the garden gate / the neighbour's goat was in the garden, chewing the roses / led the goat home and shut the
    gate |
    close the window / rain had soaked the carpet / mopped up the puddle | watch the soup / the soup was black and
    smoky / scrubbed the pot until it shone |
    bring in the washing / the shirts were dripping wet / hung the shirts by the stove | walk the dog / the dog had
    chewed up a slipper / took the dog for a long walk |
    tidy the kitchen / nobody could find a clean plate / washed every dish | post the letter / the letter still lay
    in the hall / ran all the way to the post office |
    sweep the yard / the yard was deep in dust / swept the yard from end to end`,
  'woodTask / broken / mend': `guard the nuts / two jays had eaten half of them / gathered a fresh heap | keep the
    fire going / only cold ashes were left / found some dry sticks and lit the fire |
    stir the jam / the jam had burnt to a crust / picked more berries for a new pot | fill the water jug / there was
    nothing to drink / carried the jug to the spring |
    mend the fence / the sheep had wandered through the gap / nailed a new plank across the gap | collect firewood /
    the hearth was cold and dark / came back with an armful of branches |
    dry the herbs / the herbs were limp and wet / spread the herbs on a warm rock`,
  game: `{?kid:{marbles|hide and
    seek|pirates|chess|football|cards|knights|hopscotch|tennis|astronauts}|{tag|leapfrog|hide and seek|king of the
    hill|follow the leader|catch}}`,
  distraction: `a {nest with three eggs|shiny beetle|long line of ants|rainbow|spider spinning a web|snail with a
    striped shell|puddle full of tadpoles}`,

  secret: `
    One <daypart>, [a] {found|dug up|came across} a <c=precious> <t=treasure> <where=wildPlace>. {It was the most
    wonderful thing [a.he] had ever seen.|[a.he] held it up to the light.|}
    [a.he] {hid it|put it away} <s1=spot> and {decided to keep it a secret|told nobody|covered it with {leaves|a
    cloth}}.
    {But a secret {is hard to carry alone|tickles like a feather}.|All day long [a.he] could think of nothing else.|}
    ¶ {The next day,|That evening,|After school,|Later,} [a] met <friend>. "Can you keep a secret?" [a]
    {asked|whispered}. {[b] nodded.|"Of course," said [b].|"I am as silent as a {fish|stone}," said [b].}
    So [a] told [b] about the [t] [where]{| and about its hiding place}.
    {But [b] {told|could not help telling} <third=gossip>, and [third] told everyone else. {By
    {noon|supper|bedtime}|Soon} {the whole {school|street|valley}|a crowd} wanted to see the [t].
        [a] was {cross|angry|hurt}. "You said that you could keep a secret!" [a.he] {cried|told [b]}. {"I am sorry,"
        said [b]. "It {jumped|slipped} out of my mouth."|[b] looked down. "I was wrong," [b.he] said.}
        {So they {moved|carried} the [t] to a new place, and this time they hid it <s2=spot>.|Then [a] had to laugh.
        "A [t] is nicer when {everybody|everyone} can see it," [a.he] said.}
      |[b] {told no one|did not tell a soul}, not even <third=gossip>. {Every {Sunday|evening}|Whenever it rained},
      the two friends {crept|went} to look [s1], where the [t] {was waiting|lay safe}.
        {"Who {lost|made} it, I wonder?" said [b].|"It is our secret," said [a].} {One day they will show it to
        {everyone|the world}, but not yet.|They {swore|agreed} to share it {always|forever}.}}`,
  treasure: `gold coin|glass bead|fossil|map|silver ring|blue egg|horseshoe|crystal|arrowhead|bottle|iron key|pocket
    knife|pearl|clay pipe|wooden dragon`,
  wildPlace: `near the old well|on the beach|beside the railway line|under a fallen tree|in a rabbit hole|at the edge
    of the field|in the mud by the river|behind the church|on top of the hill|in the ruins`,
  gossip: 'the {postman|milkman|twins|neighbours|parrot|magpie|barber|choir}',

  mystery: `
    <grownUp> had {made|baked} <f2=treat> for {the fair|tea|a birthday|the holidays} and left {it all|everything} on
    the {windowsill|table} to cool.
    {But when [a] came in, {there was nothing|only half was} left!|An hour later, {every crumb|most of it} had
    disappeared!} "Who {ate|took} my [f2]?" {cried|asked} [g].
    {"It was not me," said [a].|[a] shook [a.his] head.} {"I will find out."|"I will be a detective."|}
    ¶ [a] looked {around {carefully|}|at the floor}. There, {by the door|next to the plate}, {was|[a.he] found}
    <clue=clue>. {"Aha!" said [a].|"A clue!" [a.he] whispered.}
    {[a.he] asked <wrong=suspect>, but [wrong] had been {asleep|in town|at work} all {day|morning}.|}
    {{[a.he] thought {and thought|hard}.|} Who could have left [clue]?|The trail ended <s1=spot>.} It {was|could only
    be} [clue.culprit]!
    {And there {it|the thief} was, {?s1:[s1]|behind the door}, {fast asleep|licking its lips|with a very round
    belly}.|[a] {waited|hid} and watched, and soon [clue.culprit] came back for more.}
    {"You should have asked," [a] told the thief.|[g] {wanted|tried} to be angry, but {could not|it was too funny}.}
    {In the end they all laughed.|"{Next time|Tomorrow} I will {make|bake} enough [f2] for all of us," said [g].|[g]
    shook [g.his] head and smiled.}`,
  'clue / culprit': `a white feather / the goose from the farm | a muddy paw print / the shepherd's dog | some orange
    fur / the ginger cat | a trail of tiny footprints / the mouse from the cellar | a chewed rope / the miller's goat
    |
    an acorn / the red squirrel | a long black hair / the farmer's horse | a drop of honey / the big brown bear | a
    slimy track / the fat green frog | a banana skin / the {organ grinder|sailor}'s monkey | a grey whisker / the old
    rat`,
  suspect: 'the {gardener|milkmaid|cook|neighbour|tailor|beekeeper|old fisherman|miller}',
};
