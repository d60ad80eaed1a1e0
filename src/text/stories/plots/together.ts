// Plots for two: quarrels, swaps, races, presents, newcomers, hide and seek.

export const together = {
  quarrel: `
    [a] and [a.his] {best|good|old|} friend <friend> {played together every day|were building a <build=building>|both
    wanted the same <t=toy>}.
    {One <daypart>, they {had a quarrel|began to argue}|But one <daypart> they could not agree} {?t:about whose turn
    it was|about {who was in charge|the rules of a game|something very small}}.
    "You are <insult=insult>!" {shouted|said|cried} [a]. {"And you are <insult2=insult>!" [b] {shouted
    back|answered}.|[b] {turned pale|began to cry}.|} {[b.he] {stamped off|ran home|walked away}.|They both went home
    {angry|without a word}.}
    ¶ {[a] tried to play alone, but it was {dull|no fun}.|{?build:Nobody wanted to finish the [build] alone.|The
    {afternoon|day} felt {empty|long} and {grey|slow}.}} [a.he] {kept thinking|thought} {of|about} {[b]|what [a.he]
    had said}.
    {"[b] is not [insult] at all," [a.he] {thought|told <grownUp>}.|{?g:|"Why are you so {quiet|still}?" asked
    <grownUp>. "I called [b] names," said [a].} "{Saying sorry is like a bridge|Someone must be first to say sorry},"
    said {?g:[g]|the {baker|old shepherd}}.}
    So [a] {{took|packed} a <peace=peace> and|put on [a.his] {boots|coat} and} went to {see|find} [b].
    {On the way, [a.he] met [b], who was coming to see [a].|[b] {opened the door slowly|was sitting on the steps|was
    waiting by the gate}.}
    "I am sorry {that I {called you [insult]|said that you were [insult]}|for what I said}," said [a].
    {?insult2:{"And I am sorry that I called you [insult2]," said [b].|"I was [insult2] too," said [b].}|<forgive>}
    {?peace:They shared the [peace]{| and talked}.|} {?t:{From then on they took turns with the [t].|They
    {flipped|tossed} a coin for the [t], and [b] won.|}|{?build:{They finished the [build] before {sunset|dark}.|The
    [build] {turned out|became} {taller|better} than {ever|before}.}|}}`,
  building: 'tree house|raft|snowman|dam|sandcastle|bridge|scarecrow|tower|bird table',
  insult: 'mean|selfish|bossy|rude|unfair|lazy|a cheat|a bad loser|a baby|greedy|a show-off',
  peace: `bag of cherries|slice of cake|jar of jam|basket of peaches|box of dates|bowl of strawberries|chunk of
    nougat|melon`,

  trade: `
    [a] had a <c=colour> <t=toy>{, but {[a.he] was tired of it|it was too {big|small} for [a.him]}|}. [a.his] friend
    <friend> had a <c2=colour> <t2=toy>.
    {One <daypart>,|At <place>,} {[a] looked at the [t2]|[b] looked at the [t]} {for a long time|and sighed|with
    {big|round|wide} eyes}.
    "{Shall we|Do you want to} {swap|trade}?" {asked [a]. "{My [t] for your [t2]|You take the [c] one, and I will
    take the [c2] one}."|asked [b]. "{My [t2] for your [t]|I will take the [c] one, and you take the [c2] one}."}
    {They {shook hands|agreed} {on it|}.|"Yes, {let us|please}!" came the answer.} So [a] {went home|left} with the
    [c2] [t2], and [b] {went home|left} with the [c] [t].
    ¶ {At first [a] was {pleased|thrilled}.|[a] {loved|liked} the [t2] {at once|}.} {But {at bedtime|the next
    day|after supper} [a] {missed|longed for} the [t]{. It had been with [a.him] for {years|so long}|}.
      [a] {could not sleep|lay awake|felt {strange|odd}}. {In the morning,|The following day,} [a.he] ran to [b]. "{I
      am sorry|Please}, may I have my [t] back?"
      {[b] laughed. "I was coming to ask you for my [t2]!" [b.he] said.|[b] {thought about it|frowned}. "{A deal is a
      deal|We shook hands}," [b.he] said, "but {a friend is a friend|you look so <low>}." And [b.he] gave back the
      [c] [t].}
      {So each of them had the right thing again.|Now the [c2] [t2] {belonged to|was back with} [b]{|, as it should
      be}.}
      |[a.he] {showed the [t2] to <grownUp>|ran to show <grownUp> the [t2]}. {"What a {fair|clever} trade!" said
      [g].|"And what did you give for it?" asked [g]. "My [c] [t]," said [a]. "It {makes|will make} [b] happy."}
      {The next day [b] {came|came by} with the [t], and they played with both {things|of them}.|{Sometimes|On
      Sundays} they {lent|swapped} them back {for an hour|}.}}`,

  race: `
    "I am {the fastest runner|faster than anyone} {here|in the {world|valley}}," {boasted|said} <friend>. {"I am not
    so sure," said [a].|"Then let us have a race," said [a].|Everyone {groaned|rolled their eyes}, but [a]
    {smiled|stepped forward}.}
    They {would|agreed to} {run|race} from <start=landmark> to <finish=landmark>. {The winner would get a
    <prize=prize>.|A <prize=prize> {was|would be} the prize.}
    ¶ "{Ready, steady, go!|One, two, three, go!}" {called|cried} {<grownUp>|the {crow|judge|miller}}. [b]
    {shot|raced|flew} {ahead|away} like {the wind|an arrow|a rocket}. {[a] ran {steadily|at [a.his] own speed}.|[a]
    was {soon|} far behind.}
    {Halfway there, [b] {stopped to {rest|show off|eat a plum}|lay down in the shade}{|, sure that the race was won}.
    {[a] {ran|trotted} past {quietly|without a word}.|On and on went [a].}
        {When [b] {looked up|noticed}, it was too late.|[b] {jumped up and|} ran as fast as [b.he] could, but it was
        too late.} {[a] was already at [finish].|There was [a], touching [finish]!} "The [prize] {goes|belongs} to
        [a]!" {everyone|the crowd} {shouted|called}.
        {[b] {hung [b.his] head|was red in the face}. "{You won fairly|Well run}," [b.he] said.|} {[a] {was kind|did
        not boast}. [a.he] shared the [prize] with [b].|}
      |Then [b] {tripped|stumbled} over <obstacle> {and {twisted an ankle|hurt a knee|could not get up}|and fell with
      a {thump|cry}}. [a] could have {won|run on}. But {[a.he] stopped|instead [a.he] turned back}. "Lean on me,"
      [a.he] said.
        {Together they {walked|hobbled|limped} to [finish].|Side by side they {crossed the line at|arrived at}
        [finish].} {Nobody {won|lost}, so they {divided|shared} the [prize].|"You both win," said the judges, and
        {cut|split} the [prize] in two.|The [prize] went to both of them.}
        {"I was wrong to boast," said [b]. "You are the {best|fastest} friend."|[b] never boasted again.}}`,
  landmark: `the old oak|the red barn|the stone bridge|the windmill|the church door|the fountain|the apple tree|the
    well|the signpost|the big rock|
    the lamp post|the statue|the mill pond|the haystack|the flagpole|the boathouse`,
  prize: `basket of peaches|jar of honey|huge pie|box of toffees|bunch of grapes|giant pumpkin|bag of
    nuts|cheese|barrel of apples|pot of jam`,

  gift: `
    {Tomorrow was|It was nearly|The next day was} {<friend>|<grownUp>}'s birthday, {and|but} [a] had no
    {present|gift} {|yet}. {[a.he] had only <coins=number> {coins|pennies}.|[a.his] {purse|piggy bank} was empty.|}
    {In the shop, a <c0=colour> <t0=toy> cost {twenty|fifty|ninety} coins. {?coins:"I have only [coins]," [a.he]
    {said|sighed}.|It was far too {dear|expensive}.}|[a.he] thought and thought.} 
    {Then|At last} [a] <idea>. [a.he] {found|took|gathered} some <m=material> and {worked|sat at the table} {all
    {evening|day}|until it was dark}. {[a.he] {cut and glued|sewed and folded|tied and twisted}.|It was not easy.|}
    {Little by little it became|In the end there it was:} a <c=colour> <t=handmade>.
    {"It is {a bit|rather} crooked," [a] {thought|said}. "{What if nobody likes it?|I hope that it is good
    enough.}"|[a] wrapped it in {newspaper|a big leaf|soft paper} and hid it <s=spot>.}
    ¶ {The next day|At the party}, {there were {many|lots of} {presents|parcels}|everyone brought something}. {?s:[a]
    ran to fetch the present that was hidden [s].|[a] {waited until the end|went last}.}
    {?b:[b]|[g]} {opened it|undid the string} slowly. "A [c] [t]! Did you make {this|it} {yourself|out of [m]}?"
    {?b:{[b] asked|asked [b]}|{[g] asked|asked [g]}}. {[a] nodded {shyly|}.|"Yes, from [m]," said [a].|}
    {"It is the best {present|gift} of all {, because you made it yourself|}."|{?b:[b]|[g]} {hugged [a] tightly|had
    tears of joy}{. "I will keep it {forever|always}."|.}}
    {?t0:{Nobody needed the [t0] from the shop.|It was {much|far} better than any [t0] from a shop.|}|}`,
  material: `old ribbons|bits of wool|pine cones|acorn cups|coloured paper|dry
    leaves|feathers|driftwood|clay|straw|rose petals|smooth pebbles|scraps of cloth|bottle tops|walnut shells`,
  handmade: `picture frame|bracelet|card|puppet|candle holder|bookmark|flower
    pot|bird|cushion|mobile|crown|boat|bowl|pair of slippers|lampshade|little house`,

  newcomer: `
    One <daypart>, {someone new|a stranger|a new family} {came to live|moved in} {next door|nearby|across the
    {road|stream}}. {The new neighbour was|[a] {soon|} met} <friend>, who came from <far=farPlace>.
    {[b] {did not know anyone|spoke {very little|with a strange accent}|stood alone {by the fence|under a tree}}.|At
    first [b] was too {shy|homesick} to {talk|play}.}
    {Some of the others {laughed at|stared at} [b.his] {funny hat|strange coat|long scarf}.|Nobody {asked [b] to
    {play|join in}|sat with [b]}.} {[a] {did not laugh|felt sorry for [b]}.|"That is not {kind|right}," thought [a].}
    ¶ [a] {walked|went} {over|up} to [b] and {said hello|smiled}. "{What is it like in your old home|Do you miss
    [far]}?" [a.he] asked.
    {[b]'s {face|eyes} lit up.|[b] {looked up|was surprised}.} "{There|At home} {we have|you can see} [far.has],"
    [b.he] said. {"And there I loved <like=hobby>."|}
    {?like:{"Really? {I love that too|So do I}!" said [a]. {So|That afternoon} they tried [like] together.|"Will you
    teach me?" asked [a]. Soon they were both {good at|busy} [like].}|{[a] {listened|asked question after question}
    until {sunset|it grew dark}.|"I would love to see that," said [a].}}
    {In return, [a] showed [b] {the way to|all the paths to|the best corner of} <place>.|Then [a] gave [b] {half of
    [a.his] <treat>|a <colour> <t=toy> to keep}.} 
    {Before long [b] knew everybody.|{After|Within} a week the others {wanted|begged} to hear about [far] too.|"[far]
    is my old home," said [b], "and this is my new one."}`,
  'farPlace / has': `the {far|} north / snow all year round | the desert / camels and tall dunes | the islands / palm
    trees and {warm|blue} lagoons | the big city / trains that run under the ground | the mountains / eagles and
    goats with {long|curly} horns |
    the jungle / monkeys that steal hats | the coast / whales in the bay | the plains / wild horses | the other side
    of the ocean / kangaroos and red sand | the lake country / {silver|} fish as long as {oars|a broom}`,

  hideAndSeek: `
    {One <daypart>,|At <place>,} [a] and <friend> played hide and seek{| with <others=others>}. {"I will
    {count|seek}," said [a], and {covered|closed} [a.his] eyes.|It was [a]'s turn to {seek|count}.}
    {While [a] counted to {ten|twenty|fifty|a hundred},|Meanwhile,} [b] {crept|tiptoed|crawled} away and hid
    <s=spot>. {It was {dark|damp|narrow} {and a bit dusty|} there.|[b.he] {held [b.his] breath|curled up small}.}
    {?others:[others] hid <s2=spot>.|}
    ¶ {"Here I come!"|"Ready or not!"} {called|shouted} [a]. {?others:{First|Straight away} [a.he] {looked [s2] and|}
    found [others]{|, who giggled too {loudly|much}}. But where was [b]?|[a.he] {looked|searched} <s3=spot>.
    {Nobody.|Nobody was there.|There was only <junk>.}} {Then [a.he] looked <s4=spot>. No [b] {there|either}!|}
    {{An hour|A long time} {passed|went by}. {"I give up!" {called|cried} [a].|[a] began to worry.} But {no answer
    came|[b] did not come out}.
        {Then [a] heard a {soft snore|little cough|small voice}.|Then <grownUp> {pointed|winked}.} {?g:"Try looking
        [s]," said [g].|[a.he] followed the sound and looked [s].} {There lay [b], fast asleep. {"Is the game over?"
        asked [b]{, rubbing [b.his] eyes|}.|}|There sat [b], who was stuck! [a] {pulled|helped} [b] out.} "You
        {win|are the best hider}!" said [a].
      |Suddenly {there was|[a] heard} {a sneeze|a giggle|a {thump|creak}}. [a] {ran|turned|hurried} to look [s].
      "Found you!" {cried|shouted} [a]. {"It was a good place," [a.he] added.|[b] {laughed|came out}, {with cobwebs
      in [b.his] hair|covered in dust}.} "{My nose|The dust} gave me away," said [b].
        {"Now it is my turn to hide," said [a].|"Again!" they {both|all} shouted.|}}`,
  others: '{?kid:the {twins|cousins|neighbours}|the {ducklings|piglets|little mice}}',
};
